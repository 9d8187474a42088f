# Counts the tests of one run from the logs of its ranks, XCTest's own output, and prints "PASSED FAILED SKIPPED".
#
# A test that failed on any rank has failed; so has one that began on a rank and came to no end there. It was skipped if every
# rank skipped it. A rank whose log does not close with the count of the whole run, or with a count other than that of its
# results, has crashed or lost output: one failure more, told on standard error.

FNR == 1 { logs[FILENAME] = 1 }

match($0, /Test Case '[^']+' (started|passed|failed|skipped)/) {
    split(substr($0, RSTART, RLENGTH), part, "'")
    test = part[2]
    outcome = part[3]
    sub(/^ /, "", outcome)
    if (outcome == "started") {
        running[FILENAME] = test
        tests[test] = 1
    } else {
        running[FILENAME] = ""
        results[FILENAME]++
        outcomes[test, outcome] = 1
    }
}

/Test Suite '(All|Selected) tests' (passed|failed)/ { closed[FILENAME] = 1 }

/Executed [0-9]+ tests?, with / {
    match($0, /Executed [0-9]+/)
    executed[FILENAME] = substr($0, RSTART + 9, RLENGTH - 9)
}

END {
    failed = 0
    for (name in logs) {
        rank = name
        sub(/.*\//, "", rank)
        sub(/\.log$/, "", rank)
        if (running[name] != "") {
            outcomes[running[name], "failed"] = 1
            print rank ": " running[name] " did not end" > "/dev/stderr"
        } else if (!closed[name] || executed[name] != results[name] + 0) {
            failed++
            print rank ": " results[name] + 0 " results, and a run that did not end with that count" > "/dev/stderr"
        }
    }
    passed = skipped = 0
    for (test in tests) {
        if ((test, "failed") in outcomes) failed++
        else if ((test, "passed") in outcomes) passed++
        else skipped++
    }
    print passed, failed, skipped
}

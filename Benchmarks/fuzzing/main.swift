import Datasets
import Foundation
import Training

/// Reads inputs that libFuzzer mutates, with the reader that the first argument names; the others are libFuzzer's.
///
///     fuzzing READER [OPTION…] [FOLDER…]
///
/// An input is refused with an error of one line, or read as something valid; else the process ends.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ read: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

guard CommandLine.argc > 1, let chosen = Reader(rawValue: CommandLine.arguments[1]) else {
    let names = Reader.allCases.map(\.rawValue).joined(separator: ", ")
    FileHandle.standardError.write(Data("usage: fuzzing READER [OPTION…] [FOLDER…]; one of \(names)\n".utf8))
    exit(2)
}
reader = chosen
// The reader's name takes the place of the program's.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
exit(
    runDriver(&count, &arguments) { bytes, count in
        let input = Array(UnsafeBufferPointer(start: bytes, count: count))
        do {
            try reader.read(input)
        } catch {
            precondition(!"\(error)".contains("\n"), "an error of several lines: \(error)")
        }
        return 0
    })

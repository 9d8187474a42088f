// Compiles a function for several instruction sets, of which the program takes the best when it starts.
#ifndef ENTRAIN_INSTRUCTION_SETS_H
#define ENTRAIN_INSTRUCTION_SETS_H

#if defined(__x86_64__) && defined(__linux__)
#define FOR_EACH_INSTRUCTION_SET __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_INSTRUCTION_SET
#endif

#endif

#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's engine, without its main (LLVM, "Using libFuzzer as a library").
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*check)(const uint8_t *bytes, size_t count));

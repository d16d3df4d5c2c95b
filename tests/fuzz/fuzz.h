/* fuzz.h: what every fuzz target includes, after the header of what it tests.
 *
 * A target hands the bytes to one parser. Whatever they are, the parser may refuse them and nothing
 * else; what it accepts must keep the promises of its header, which the target states with must().
 * libFuzzer calls it in tools/fuzz, driver.c with the corpus in every ./check. Returns 0. */
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* test.h: a test of any format as one of Muster YAML. */
#pragma once
#include "assess/policy/test.h"
#include "base/buf.h"

/* The key, with its colon, behind so many columns, and the test below it; in front of it, and of
 * the tests in it, comments say what it was and what has no equivalent. */
void test_put(const char *key, unsigned indent, const struct test *test, struct buf *out);

/* write.h: policies of any format written as Muster YAML that gives the same verdicts.
 *
 * What the other format said and this one has no word for stands in a comment where it was. Refs
 * are unique here, so checks that shared one (action JSON) get numbers behind it. */
#pragma once
#include "assess/policy/policy.h"
#include "base/buf.h"

/* One document for each; from: what is named in the first line, a file. */
void policy_write(const struct policy *list, size_t count, struct text from, struct buf *out);

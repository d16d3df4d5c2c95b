/* match.h: whether one matcher holds of one value.
 *
 * An absent value (VALUE_NONE) fulfils nothing but `exists: false`. Texts that both are numbers,
 * durations or sizes compare as such ("2m" is above "60s", "10M" above "512k"); what can't be
 * compared is HOLDS_UNKNOWN, and the test an error: never a quiet no. */
#pragma once
#include "assess/policy/policy.h"

enum holds { HOLDS_NO, HOLDS_YES, HOLDS_UNKNOWN };

must_use enum holds match_holds(const struct matcher *matcher, const struct value *value);

/* What a value is called: a field of a subject ("mode" of "/etc/shadow"), or the subject's own (no
 * field). */
struct match_name {
	struct text subject, field;
};

/* In words, for people, what was found: "/etc/shadow: mode is 0644, beyond 0640", "telnetd is not
 * installed". hidden: its text is not told. In arena. */
must_use struct text match_why(const struct matcher *matcher, const struct value *value,
			       struct match_name name, bool hidden, struct arena *arena);
/* The same for one that holds: "/etc/shadow: mode is 0640". */
must_use struct text match_found(const struct value *value, struct match_name name, bool hidden,
				 struct arena *arena);

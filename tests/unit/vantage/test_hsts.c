#include "vantage/tls/hsts.h"

#include "unit.h"

test(heads_are_read_as_browsers_do)
{
#define OK "HTTP/1.1 200 OK\r\n"
	static const struct {
		const char *head;
		enum hsts_answer answer;
		int64_t max_age_s;
	} cases[] = {
		{OK "Strict-Transport-Security: max-age=31536000\r\n\r\n", HSTS_SET, 31536000},
		{OK "strict-transport-security:MAX-AGE = 5 ; includeSubDomains\r\n\r\nbody",
		 HSTS_SET, 5},
		{OK "Strict-Transport-Security: includeSubDomains; max-age=\"7\"\r\n\r\n", HSTS_SET,
		 7},
		{OK "A: b\nStrict-Transport-Security: max-age=0\n\n", HSTS_SET, 0},
		/* of several the first counts */
		{OK "Strict-Transport-Security: max-age=1\r\nStrict-Transport-Security: "
		    "max-age=2\r\n\r\n",
		 HSTS_SET, 1},
		{OK "Strict-Transport-Security: max-age=x\r\n\r\n", HSTS_UNSET, 0},
		{OK "Strict-Transport-Security: max-age=-1\r\n\r\n", HSTS_UNSET, 0},
		{OK "Strict-Transport-Security: max-age=99999999999999999999\r\n\r\n", HSTS_UNSET,
		 0},
		{OK "Strict-Transport-Security: includeSubDomains\r\n\r\n", HSTS_UNSET, 0},
		{OK "Strict-Transport-Security:\r\n\r\n", HSTS_UNSET, 0},
		{OK "\r\nStrict-Transport-Security: max-age=5\r\n\r\n", HSTS_UNSET, 0}, /* body */
		{OK "\r\n", HSTS_UNSET, 0},
		{OK "Strict-Transport-Security: max-age=5\r\n", HSTS_MORE, 0},
		{"HTTP", HSTS_MORE, 0},
		{"", HSTS_MORE, 0},
		{"220 mail ESMTP\r\n\r\n", HSTS_NO_HTTP, 0},
		{"HTTP/2 200\r\n\r\n", HSTS_NO_HTTP, 0},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		int64_t max_age_s = 0;
		if (hsts_read(text_of(cases[i].head), &max_age_s) != cases[i].answer ||
		    max_age_s != cases[i].max_age_s)
			fail_msg("%s", cases[i].head);
	}
}

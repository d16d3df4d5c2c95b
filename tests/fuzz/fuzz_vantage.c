/* What strangers say first: a ServerHello, the head of HTTP, the time. */
#include "vantage/clock.h"
#include "vantage/tls/hello.h"
#include "vantage/tls/hsts.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	struct err err = {0};
	unsigned version, cipher;
	int64_t max_age_s = 0;
	struct sntp sntp = {0};
	(void)!hello_read(text, &version, &cipher);
	if (hsts_read(text, &max_age_s) == HSTS_SET)
		must(max_age_s >= 0);
	if (len >= SNTP_SIZE && sntp_read(text, bytes + 24, INT64_C(1800000000000000),
					  INT64_C(1800000000020000), &sntp, &err))
		must(sntp.delay_us >= 0 && sntp.stratum > 0 && sntp.stratum < 16);
	return 0;
}

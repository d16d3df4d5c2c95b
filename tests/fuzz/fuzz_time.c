#include "base/time.h"

#include "fuzz.h"

/* A moment that was read is shown so that it reads back as the same, or, beyond what four digits
 * of a year can say, as the nearest. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	char shown[TIME_TEXT_SIZE];
	int64_t at_us, again_us, first_us, last_us, span_us;

	if (time_read_span(text, &span_us))
		must(span_us >= 0);
	if (!time_read(text, &at_us))
		return 0;
	must(time_read(TEXT("0000-01-01T00:00:00Z"), &first_us));
	must(time_read(TEXT("9999-12-31T23:59:59.999999Z"), &last_us));
	time_put(at_us, shown);
	must(time_read(text_of(shown), &again_us));
	must(again_us == (at_us < first_us ? first_us : at_us > last_us ? last_us : at_us));
	return 0;
}

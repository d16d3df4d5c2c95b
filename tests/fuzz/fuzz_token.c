/* An enrolment token as somebody pasted it: what is let through is made again as the same word. */
#include "net/link/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct token token, back;
	scoped(buf_end) struct buf word = {0};
	if (!token_read((struct text){(const char *)bytes, len}, &token, &err)) {
		must(err.kind == ERR_INPUT);
		return 0;
	}
	must(token_make(&token, &word, &err));
	must(token_read(buf_view(&word), &back, &err));
	return 0;
}

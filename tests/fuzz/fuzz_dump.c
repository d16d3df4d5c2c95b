/* What the kernel lists by netlink, and its tables of sockets. The first byte chooses. */
#include "os/watch/look/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint64_t print = 0, again = 0;
	if (len == 0)
		return 0;
	struct text text = {(const char *)bytes + 1, len - 1};
	if (bytes[0] % 2) {
		dump_fold_table(text, bytes[0] % 4 == 1 ? "0A" : NULL, &print);
		dump_fold_table(text, bytes[0] % 4 == 1 ? "0A" : NULL, &again);
	} else {
		must(dump_fold(text, bytes[0], &print) == dump_fold(text, bytes[0], &again));
	}
	must(print == again);
	return 0;
}

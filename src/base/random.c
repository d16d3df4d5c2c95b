#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/text.h"

void random_fill(void *bytes, size_t len)
{
	unsigned char *at = bytes;
	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);
		must(got > 0 || errno == EINTR);
		if (got > 0) {
			at += got;
			len -= (size_t)got;
		}
	}
}

void random_put_id(char out[static RANDOM_ID_SIZE])
{
	unsigned char bytes[(RANDOM_ID_SIZE - 1) / 2];
	random_fill(bytes, sizeof(bytes));
	text_put_hex(bytes, sizeof(bytes), out);
}

/* base64.h: bytes as text (RFC 4648, 4). */
#pragma once
#include "base/mem.h"

/* White space in between is overlooked; padding may be missing. at NULL: it is none. */
must_use struct text base64_decode(struct text text, struct arena *arena);

/* Without padding at its end, as fingerprints are written. */
must_use struct text base64_encode(struct text bytes, struct arena *arena);

/* mode.h: permissions as chmod(1) and find(1) write them: "0644", "u=rw,g+s,o=", "a+x". */
#pragma once
#include "base/text.h"

/* The bits that a mode names, begun with none. */
must_use bool mode_read(struct text text, uint32_t *mode);

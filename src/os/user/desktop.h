/* desktop.h: the person's browser. */
#pragma once
#include "base/err.h"

/* Starts xdg-open with this address, and does not wait for it. ERR_SYSTEM: there is none. */
must_use bool desktop_open(const char *url, struct err *err);

/* curl.h: libcurl, loaded when it is first needed; for the files of this folder alone.
 *
 * Nothing links with it: it brings some thirty libraries along, which a `muster check` on this host
 * alone would otherwise map and relocate for nothing. */
#pragma once
#include <curl/curl.h>

#include "base/err.h"

struct curl {
	__typeof__(&curl_easy_init) init;
	__typeof__(&curl_easy_setopt) set;
	__typeof__(&curl_easy_perform) perform;
	__typeof__(&curl_easy_getinfo) info;
	__typeof__(&curl_easy_cleanup) cleanup;
	__typeof__(&curl_easy_strerror) text;
	__typeof__(&curl_slist_append) append;
	__typeof__(&curl_slist_free_all) free_list;
};

/* ERR_SYSTEM says what to install. What was loaded stays. */
must_use bool curl_load(struct curl *curl, struct err *err);

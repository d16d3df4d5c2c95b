#include "net/curl.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"

bool curl_load(struct curl *curl, struct err *err)
{
	const struct {
		const char *name;
		void *slot;
	} functions[] = {
		{"curl_easy_init", &curl->init},       {"curl_easy_setopt", &curl->set},
		{"curl_easy_perform", &curl->perform}, {"curl_easy_getinfo", &curl->info},
		{"curl_easy_cleanup", &curl->cleanup}, {"curl_easy_strerror", &curl->text},
		{"curl_slist_append", &curl->append},  {"curl_slist_free_all", &curl->free_list},
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return err_set(err, ERR_SYSTEM, "cannot load %s: %s; install libcurl4", LIBRARY,
			       dlerror());
	for (size_t i = 0; i < array_len(functions); i++) {
		void *found = dlsym(library, functions[i].name);
		if (!found)
			return err_set(err, ERR_SYSTEM, "%s has no %s; install libcurl4", LIBRARY,
				       functions[i].name);
		memcpy(functions[i].slot, &found, sizeof(found));
	}
	return true;
}

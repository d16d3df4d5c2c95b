#include "vantage/tls/openssl.h"

#include <dlfcn.h>
#include <string.h>

#define SSL_LIBRARY "libssl.so.3"
#define CRYPTO_LIBRARY "libcrypto.so.3"

static struct {
	struct openssl functions;
	bool loaded;
} openssl; /* constant once it is loaded */

struct function {
	const char *name;
	void *slot;
};

#define SLOT(name) {#name, &openssl.functions.name},
static const struct function ssl_functions[] = {OPENSSL_SSL(SLOT)};
static const struct function crypto_functions[] = {OPENSSL_CRYPTO(SLOT)};

static bool load(const char *library, const struct function *functions, size_t count,
		 struct err *err)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return err_set(err, ERR_SYSTEM, "cannot load %s; install libssl3", library);
	for (size_t i = 0; i < count; i++) {
		void *found = dlsym(handle, functions[i].name);
		if (!found)
			return err_set(err, ERR_SYSTEM, "%s has no %s; install libssl3", library,
				       functions[i].name);
		memcpy(functions[i].slot, &found, sizeof(found));
	}
	return true;
}

bool openssl_load(struct err *err)
{
	if (openssl.loaded)
		return true;
	if (!load(CRYPTO_LIBRARY, crypto_functions, array_len(crypto_functions), err) ||
	    !load(SSL_LIBRARY, ssl_functions, array_len(ssl_functions), err))
		return false;
	/* Without the host's openssl.cnf, which says what its own programs may speak. */
	const struct openssl *lib = &openssl.functions;
	SSL_CTX *first = lib->OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1
				 ? lib->SSL_CTX_new(lib->TLS_client_method())
				 : NULL;
	if (!first)
		return err_set(err, ERR_SYSTEM, "cannot start OpenSSL");
	lib->SSL_CTX_free(first); /* what it looked up, whoever is forked later needs not */
	openssl.loaded = true;
	return true;
}

const struct openssl *openssl_get(void)
{
	return openssl.loaded ? &openssl.functions : NULL;
}

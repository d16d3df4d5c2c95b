/* What a service says before TLS: the first byte chooses the protocol, the second the pieces. */
#include "vantage/tls/starttls.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const protocols[] = {"smtp", "imap", "pop3",     "ftp",
						"xmpp", "ldap", "postgres", "mysql"};
	struct err err = {0};
	struct text send = {0}, nothing = {0};
	if (len < 2)
		return 0;
	size_t piece = (size_t)bytes[1] + 1;
	scoped(starttls_free) struct starttls *starttls = starttls_new(
		protocols[bytes[0] % array_len(protocols)], "a.example");
	enum starttls_step step = starttls_take(starttls, nothing, &send, &err);
	struct text rest = {(const char *)bytes + 2, len - 2};
	while (rest.len > 0 && step != STARTTLS_WRONG && step != STARTTLS_READY) {
		size_t part = rest.len < piece ? rest.len : piece;
		step = starttls_take(starttls, (struct text){rest.at, part}, &send, &err);
		must(step != STARTTLS_SEND || send.len > 0);
		rest = (struct text){rest.at + part, rest.len - part};
	}
	must(step != STARTTLS_WRONG || err.kind != ERR_NONE);
	return 0;
}

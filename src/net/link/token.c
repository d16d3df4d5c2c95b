#include "net/link/token.h"

#include <string.h>

#include "format/digest.h"

#define CHECK_BYTES 4
#define FINGERPRINT_BYTES 32
#define SECRET_BYTES 16
#define ADDRESS_AT (CHECK_BYTES + FINGERPRINT_BYTES + SECRET_BYTES)
#define BYTES_MAX (ADDRESS_AT + TOKEN_ADDRESS_MAX)

static bool is_address(struct text address)
{
	if (address.len == 0 || address.len > TOKEN_ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < address.len; i++)
		if (address.at[i] <= ' ' || address.at[i] > '~')
			return false;
	return memchr(address.at, ':', address.len) != NULL;
}

static void put_check(const unsigned char *bytes, size_t len, unsigned char check[CHECK_BYTES])
{
	char hex[65];
	digest_hex((struct text){(const char *)bytes + CHECK_BYTES, len - CHECK_BYTES}, hex);
	must(text_to_bytes((struct text){hex, CHECK_BYTES * 2}, check, CHECK_BYTES));
}

bool token_make(const struct token *token, struct buf *out, struct err *err)
{
	unsigned char bytes[BYTES_MAX];
	char hex[BYTES_MAX * 2 + 1];
	struct text address = text_of(token->address);
	if (!is_address(address))
		return err_set(err, ERR_INPUT,
			       "the agents' address must be HOST:PORT in at most %d bytes",
			       TOKEN_ADDRESS_MAX);
	if (!text_to_bytes(text_of(token->fingerprint), bytes + CHECK_BYTES, FINGERPRINT_BYTES) ||
	    !text_to_bytes(text_of(token->secret), bytes + CHECK_BYTES + FINGERPRINT_BYTES,
			   SECRET_BYTES))
		return err_set(err, ERR_INPUT, "fingerprint and secret of a token must be hex");
	memcpy(bytes + ADDRESS_AT, address.at, address.len);
	put_check(bytes, ADDRESS_AT + address.len, bytes);
	text_put_hex(bytes, ADDRESS_AT + address.len, hex);
	buf_cstr(out, TOKEN_PREFIX);
	buf_cstr(out, hex);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(hex, sizeof(hex));
	return true;
}

static bool read_bytes(struct text text, unsigned char bytes[static BYTES_MAX], size_t *len,
		       struct err *err)
{
	unsigned char check[CHECK_BYTES];
	if (!text_starts(text, TOKEN_PREFIX))
		return err_set(err, ERR_INPUT,
			       "this is no enrolment token: one begins with \"" TOKEN_PREFIX
			       "\"; ask for one with: muster agent token");
	text.at += sizeof(TOKEN_PREFIX) - 1;
	text.len -= sizeof(TOKEN_PREFIX) - 1;
	*len = text.len / 2;
	if (text.len % 2 != 0 || *len <= ADDRESS_AT || *len > BYTES_MAX ||
	    !text_to_bytes(text, bytes, *len))
		return err_set(err, ERR_INPUT,
			       "the enrolment token is damaged; was all of it copied?");
	put_check(bytes, *len, check);
	if (memcmp(bytes, check, CHECK_BYTES) != 0)
		return err_set(err, ERR_INPUT,
			       "the enrolment token is damaged; was all of it copied?");
	return true;
}

bool token_read(struct text text, struct token *token, struct err *err)
{
	unsigned char bytes[BYTES_MAX];
	size_t len = 0;
	if (!read_bytes(text_trim(text), bytes, &len, err))
		return false;
	struct text address = {(const char *)bytes + ADDRESS_AT, len - ADDRESS_AT};
	if (!is_address(address))
		return err_set(err, ERR_INPUT, "the enrolment token names no address");
	*token = (struct token){0};
	text_put_hex(bytes + CHECK_BYTES, FINGERPRINT_BYTES, token->fingerprint);
	text_put_hex(bytes + CHECK_BYTES + FINGERPRINT_BYTES, SECRET_BYTES, token->secret);
	memcpy(token->address, address.at, address.len);
	explicit_bzero(bytes, sizeof(bytes));
	return true;
}

void token_hash(const char *secret, char hash[static 65])
{
	digest_hex(text_of(secret), hash);
}

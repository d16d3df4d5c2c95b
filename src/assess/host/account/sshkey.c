#include "assess/host/account/sshkey.h"

#include <string.h>

#include "base/buf.h"
#include "format/cert/base64.h"
#include "format/digest.h"

#define DIGEST_SIZE 32 /* of SHA-256 */

/* -------- the binary form: RFC 4253, 6.6 -------- */

static bool take_u32(struct text *rest, uint32_t *number)
{
	if (rest->len < 4)
		return false;
	const unsigned char *at = (const unsigned char *)rest->at;
	*number = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	*rest = (struct text){rest->at + 4, rest->len - 4};
	return true;
}

/* A string with its length before it. */
static bool take_string(struct text *rest, struct text *string)
{
	uint32_t len;
	if (!take_u32(rest, &len) || len > rest->len)
		return false;
	*string = (struct text){rest->at, len};
	*rest = (struct text){rest->at + len, rest->len - len};
	return true;
}

/* Bits of a number, big endian, a zero byte in front of what would be negative. */
static uint64_t bits_of(struct text number)
{
	while (number.len > 0 && number.at[0] == '\0')
		number = (struct text){number.at + 1, number.len - 1};
	uint64_t bits = 8 * (uint64_t)number.len;
	for (unsigned top = 0x80; number.len > 0 && !((unsigned char)number.at[0] & top); top >>= 1)
		bits--;
	return bits;
}

static uint64_t ed25519_bits(struct text rest)
{
	struct text point;
	return take_string(&rest, &point) ? 8 * (uint64_t)point.len : 0;
}

/* The name of the curve says it: nistp256 … */
static uint64_t ecdsa_bits(struct text rest)
{
	struct text curve;
	uint64_t bits;
	if (!take_string(&rest, &curve) || !text_starts(curve, "nistp"))
		return 0;
	curve = (struct text){curve.at + strlen("nistp"), curve.len - strlen("nistp")};
	return text_to_u64(curve, 1, 1024, &bits) ? bits : 0;
}

static uint64_t rsa_bits(struct text rest)
{
	struct text exponent, modulus;
	if (!take_string(&rest, &exponent) || !take_string(&rest, &modulus))
		return 0;
	return bits_of(modulus);
}

static uint64_t dsa_bits(struct text rest)
{
	struct text prime;
	return take_string(&rest, &prime) ? bits_of(prime) : 0;
}

static const struct kind {
	const char *name, *plain;           /* plain: the key that a certificate is for */
	uint64_t (*bits)(struct text rest); /* of what stands behind the name */
	unsigned parts;                     /* of the key */
} kinds[] = {
	{"ssh-ed25519", NULL, ed25519_bits, 1},
	{"ssh-rsa", NULL, rsa_bits, 2},
	{"ecdsa-sha2-nistp256", NULL, ecdsa_bits, 2},
	{"ecdsa-sha2-nistp384", NULL, ecdsa_bits, 2},
	{"ecdsa-sha2-nistp521", NULL, ecdsa_bits, 2},
	{"sk-ssh-ed25519@openssh.com", NULL, ed25519_bits, 2},
	{"sk-ecdsa-sha2-nistp256@openssh.com", NULL, ecdsa_bits, 3},
	{"ssh-dss", NULL, dsa_bits, 4},
	{"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", ed25519_bits, 1},
	{"ssh-rsa-cert-v01@openssh.com", "ssh-rsa", rsa_bits, 2},
	{"ssh-dss-cert-v01@openssh.com", "ssh-dss", dsa_bits, 4},
	{"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256", ecdsa_bits, 2},
	{"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384", ecdsa_bits, 2},
	{"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521", ecdsa_bits, 2},
	{"sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com", ed25519_bits, 2},
	{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
	 ecdsa_bits, 3},
};

static const struct kind *find_kind(struct text name)
{
	for (size_t i = 0; i < array_len(kinds); i++)
		if (text_is(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static struct text print_of(struct text blob, struct arena *arena)
{
	unsigned char bytes[DIGEST_SIZE_MAX];
	struct digest *digest = digest_new("sha256");
	must(digest != NULL);
	digest_add(digest, blob.at, blob.len);
	digest_get(digest, bytes);
	digest_free(&digest);
	struct text code = base64_encode((struct text){(const char *)bytes, DIGEST_SIZE}, arena);
	return text_of(arena_print(arena, "SHA256:%.*s", TEXT_ARG(code)));
}

/* The blob of the key that a certificate is for. */
static bool plain_of(struct text rest, const struct kind *kind, struct buf *out)
{
	const unsigned char len[] = {0, 0, 0, (unsigned char)strlen(kind->plain)};
	struct text begin = rest, part;
	for (unsigned i = 0; i < kind->parts; i++)
		if (!take_string(&rest, &part))
			return false;
	buf_add(out, len, sizeof(len));
	buf_cstr(out, kind->plain);
	buf_add(out, begin.at, begin.len - rest.len);
	return true;
}

/* Fills in what the blob says; false: it is not what it says it is. */
static bool read_blob(struct text blob, struct arena *arena, struct sshkey *key)
{
	struct text rest = blob, name, nonce;
	scoped(buf_end) struct buf plain = {0};
	if (!take_string(&rest, &name))
		return false;
	const struct kind *kind = find_kind(name);
	key->type = arena_text(arena, name);
	if (!kind || (kind->plain && !take_string(&rest, &nonce)))
		return false;
	key->bits = kind->bits(rest);
	if (kind->plain && !plain_of(rest, kind, &plain))
		return false;
	key->print = print_of(kind->plain ? buf_view(&plain) : blob, arena);
	return key->bits > 0;
}

/* -------- a line -------- */

/* One option: up to a comma or white space outside quotes, where \" is no quote's end. */
static struct text take_option(struct text *rest)
{
	size_t at = 0;
	bool quoted = false;
	for (; at < rest->len; at++) {
		char c = rest->at[at];
		if (c == '\\' && at + 1 < rest->len && rest->at[at + 1] == '"')
			at++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == ',' || c == ' ' || c == '\t'))
			break;
	}
	struct text option = {rest->at, at};
	*rest = (struct text){rest->at + at, rest->len - at};
	return option;
}

static void take_options(struct text *rest, struct arena *arena, struct sshkey *key)
{
	struct text *list = NULL, option;
	size_t room = 0;
	do {
		option = take_option(rest);
		key->malformed |= option.len == 0 || key->option_count == SSHKEY_OPTIONS_MAX;
		if (!key->malformed) {
			list = arena_grow(arena, list, &room, key->option_count + 1, sizeof(*list));
			list[key->option_count++] = option;
		}
		bool more = rest->len > 0 && rest->at[0] == ',';
		if (!more)
			break;
		*rest = (struct text){rest->at + 1, rest->len - 1};
	} while (!key->malformed);
	key->options = list;
}

static bool take_kind(struct text *rest, struct text *name)
{
	struct text after = *rest;
	if (!text_word(&after, name) || !find_kind(*name))
		return false;
	*rest = after;
	return true;
}

void sshkey_parse_line(struct text line, struct arena *arena, struct sshkey *key)
{
	struct text rest = text_trim(line), name = {0}, code, blob;
	*key = (struct sshkey){.comment = TEXT("")};
	if (!take_kind(&rest, &name)) {
		take_options(&rest, arena, key);
		if (!take_kind(&rest, &name))
			key->malformed = true;
	}
	if (key->malformed || !text_word(&rest, &code)) {
		key->malformed = true;
		return;
	}
	key->comment = text_trim(rest);
	blob = base64_decode(code, arena);
	key->malformed = !blob.at || !read_blob(blob, arena, key) ||
			 !text_is_equal(key->type, name);
}

/* -------- a private key -------- */

#define BEGIN "-----BEGIN "

/* openssh-key-v1: cipher, its parameters, how many keys, the public one. */
static void read_openssh(struct text armour, struct arena *arena, struct sshkey_private *private)
{
	static const char magic[] = "openssh-key-v1"; /* its NUL belongs to it */
	struct text body = base64_decode(armour, arena), cipher, kdf, options, blob;
	uint32_t count;
	if (body.len < sizeof(magic) || memcmp(body.at, magic, sizeof(magic)) != 0) {
		private->key.malformed = true;
		return;
	}
	struct text rest = {body.at + sizeof(magic), body.len - sizeof(magic)};
	if (!take_string(&rest, &cipher) || !take_string(&rest, &kdf) ||
	    !take_string(&rest, &options) || !take_u32(&rest, &count) ||
	    !take_string(&rest, &blob)) {
		private->key.malformed = true;
		return;
	}
	private->encrypted = !text_is(cipher, "none");
	private->key.malformed = !read_blob(blob, arena, &private->key);
}

static struct text armour_of(struct text rest, const char *end)
{
	size_t at;
	return text_find(rest, text_of(end), &at) ? (struct text){rest.at, at} : (struct text){0};
}

bool sshkey_parse_private(struct text content, struct arena *arena, struct sshkey_private *private)
{
	static const struct {
		const char *label, *type;
		bool encrypted;
	} labels[] = {
		{"OPENSSH PRIVATE KEY-----", NULL, false},
		{"RSA PRIVATE KEY-----", "ssh-rsa", false},
		{"DSA PRIVATE KEY-----", "ssh-dss", false},
		{"EC PRIVATE KEY-----", NULL, false},
		{"ENCRYPTED PRIVATE KEY-----", NULL, true},
		{"PRIVATE KEY-----", NULL, false},
	};
	size_t begin;
	*private = (struct sshkey_private){.key.comment = TEXT("")};
	if (!text_find(content, TEXT(BEGIN), &begin))
		return false;
	struct text rest = {content.at + begin + strlen(BEGIN),
			    content.len - begin - strlen(BEGIN)};
	for (size_t i = 0; i < array_len(labels); i++) {
		if (!text_starts(rest, labels[i].label))
			continue;
		size_t len = strlen(labels[i].label);
		rest = (struct text){rest.at + len, rest.len - len};
		struct text armour = armour_of(rest, "-----END ");
		private->encrypted = labels[i].encrypted ||
				     text_find(armour, TEXT("Proc-Type: 4,ENCRYPTED"),
					       &(size_t){0});
		private->key.type = text_of(labels[i].type);
		private->key.malformed = !armour.at;
		if (i == 0 && armour.at)
			read_openssh(armour, arena, private);
		return true;
	}
	return false;
}

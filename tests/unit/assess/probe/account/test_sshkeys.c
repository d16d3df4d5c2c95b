#include "assess/host/account/sshkey.h"
#include "unit.h"

#include <string.h>

#include "format/cert/base64.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files)
{
	struct gather *gather = call_gather(files, false);
	call = call_of("sshkeys", "*");
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

/* -------- keys that nobody has: right in form, made of nothing -------- */

struct blob {
	size_t len;
	char bytes[2048];
};

static void add(struct blob *blob, const void *bytes, size_t len)
{
	char *at = blob->bytes + blob->len;
	for (int i = 0; i < 4; i++)
		at[i] = (char)(len >> (24 - 8 * i));
	memcpy(at + 4, bytes, len);
	blob->len += 4 + len;
}

static void add_text(struct blob *blob, const char *text)
{
	add(blob, text, strlen(text));
}

/* A positive number of so many bits. */
static void add_number(struct blob *blob, size_t bits)
{
	unsigned char bytes[600] = {0};
	size_t len = bits / 8 + 1;
	must(len < sizeof(bytes));
	bytes[len - 1 - (bits - 1) / 8] = (unsigned char)(1u << ((bits - 1) % 8));
	add(blob, bytes, len);
}

static const char *code_of(const struct blob *blob)
{
	struct arena *arena = arena_new(1 << 20);
	struct text code = base64_encode((struct text){blob->bytes, blob->len}, arena);
	const char *text = unit_text("%.*s", TEXT_ARG(code));
	arena_free(&arena);
	return text;
}

static const char *ed25519(void)
{
	struct blob blob = {0};
	add_text(&blob, "ssh-ed25519");
	add(&blob, "0123456789abcdef0123456789abcdef", 32);
	return unit_text("ssh-ed25519 %s", code_of(&blob));
}

static const char *rsa(size_t bits)
{
	struct blob blob = {0};
	add_text(&blob, "ssh-rsa");
	add_number(&blob, 17);
	add_number(&blob, bits);
	return unit_text("ssh-rsa %s", code_of(&blob));
}

static const char *rsa_certificate(size_t bits)
{
	struct blob blob = {0};
	add_text(&blob, "ssh-rsa-cert-v01@openssh.com");
	add(&blob, "nonce", 5);
	add_number(&blob, 17);
	add_number(&blob, bits);
	add_text(&blob, "what follows is of no matter here");
	return unit_text("ssh-rsa-cert-v01@openssh.com %s", code_of(&blob));
}

static const char *ecdsa(void)
{
	struct blob blob = {0};
	add_text(&blob, "ecdsa-sha2-nistp384");
	add_text(&blob, "nistp384");
	add_text(&blob, "point");
	return unit_text("ecdsa-sha2-nistp384 %s", code_of(&blob));
}

static const char *private_key(const char *cipher)
{
	struct blob public = {0}, blob = {0};
	add_text(&public, "ssh-ed25519");
	add(&public, "0123456789abcdef0123456789abcdef", 32);
	memcpy(blob.bytes, "openssh-key-v1", 15);
	blob.len = 15;
	add_text(&blob, cipher);
	add_text(&blob, "bcrypt");
	add_text(&blob, "");
	memcpy(blob.bytes + blob.len, "\0\0\0\1", 4);
	blob.len += 4;
	add(&blob, public.bytes, public.len);
	add_text(&blob, "VERYSECRET");
	return unit_text("-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n"
			 "-----END OPENSSH PRIVATE KEY-----\n",
			 code_of(&blob));
}

/* -------- tests -------- */

test(reads_lines)
{
	const struct {
		const char *line, *type, *comment, *options;
		uint64_t bits;
	} cases[] = {
		{unit_text("%s ann@laptop", ed25519()), "ssh-ed25519", "ann@laptop", "", 256},
		{rsa(1024), "ssh-rsa", "", "", 1024},
		{rsa(3071), "ssh-rsa", "", "", 3071},
		{ecdsa(), "ecdsa-sha2-nistp384", "", "", 384},
		{rsa_certificate(2048), "ssh-rsa-cert-v01@openssh.com", "", "", 2048},
		{unit_text("no-pty,from=\"a,b\",command=\"x \\\" y\" %s c d", ed25519()),
		 "ssh-ed25519", "c d", "no-pty|from=\"a,b\"|command=\"x \\\" y\"|", 256},
		{unit_text("cert-authority\t%s", ed25519()), "ssh-ed25519", "", "cert-authority|",
		 256},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct sshkey key;
		const char *options = "";
		sshkey_parse_line(text_of(cases[i].line), arena, &key);
		assert_false(key.malformed);
		assert_true(text_is(key.type, cases[i].type));
		assert_int_equal(key.bits, cases[i].bits);
		assert_true(text_is(key.comment, cases[i].comment));
		assert_true(text_starts(key.print, "SHA256:"));
		assert_int_equal(key.print.len, 7 + 43);
		for (size_t j = 0; j < key.option_count; j++)
			options = unit_text("%s%.*s|", options, TEXT_ARG(key.options[j]));
		assert_string_equal(options, cases[i].options);
		arena_free(&arena);
	}
}

test(a_certificate_has_its_keys_fingerprint)
{
	struct arena *arena = arena_new(1 << 20);
	struct sshkey one, other;
	sshkey_parse_line(text_of(rsa(2048)), arena, &one);
	sshkey_parse_line(text_of(rsa_certificate(2048)), arena, &other);
	assert_true(text_is_equal(one.print, other.print));
	arena_free(&arena);
}

test(refuses_what_is_no_key)
{
	const char *const lines[] = {
		"ssh-ed25519",
		"ssh-ed25519 AAAA",
		"ssh-ed25519 ????",
		"ssh-unknown AAAA",
		unit_text("ssh-rsa %s", ed25519() + strlen("ssh-ed25519 ")),
		unit_text("from=\"open %s", ed25519()),
		unit_text(",, %s", ed25519()),
		"ssh-rsa AAAAB3NzaC1yc2EAAAD//////w",
	};
	for (size_t i = 0; i < array_len(lines); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct sshkey key;
		sshkey_parse_line(text_of(lines[i]), arena, &key);
		assert_true(key.malformed);
		arena_free(&arena);
	}
}

test(private_keys_tell_whether_they_are_encrypted)
{
	const struct {
		const char *text;
		bool encrypted;
		const char *type;
	} cases[] = {
		{private_key("none"), false, "ssh-ed25519"},
		{private_key("aes256-ctr"), true, "ssh-ed25519"},
		{"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
		 "-----END RSA PRIVATE KEY-----\n",
		 true, "ssh-rsa"},
		{"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", false,
		 "ssh-rsa"},
		{"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE "
		 "KEY-----\n",
		 true, ""},
		{"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", false, ""},
	};
	struct sshkey_private private;
	struct arena *arena = arena_new(1 << 20);
	for (size_t i = 0; i < array_len(cases); i++) {
		assert_true(sshkey_parse_private(text_of(cases[i].text), arena, &private));
		assert_false(private.key.malformed);
		assert_int_equal(private.encrypted, cases[i].encrypted);
		assert_true(text_is(private.key.type, cases[i].type));
	}
	assert_true(sshkey_parse_private(TEXT("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"), arena,
					 &private));
	assert_true(private.key.malformed);
	assert_false(sshkey_parse_private(TEXT("-----BEGIN CERTIFICATE-----\n"), arena, &private));
	assert_false(sshkey_parse_private(TEXT(""), arena, &private));
	arena_free(&arena);
}

test(finds_keys_of_sshd_and_users)
{
	const struct call_file files[] = {
		{"/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n"
				"broken\nbob:x:1:1::/home/bob:/bin/sh\n"},
		{"/etc/ssh/sshd_config", "HostKey /srv/key\n"
					 "AuthorizedKeysFile .ssh/keys /etc/keys/%u %h/%U%%\n"},
		{"/srv/key.pub", unit_text("%s host", ed25519())},
		{"/srv/key", private_key("none")},
		{"/etc/ssh/ssh_host_rsa_key.pub", rsa(1024)},
		{"/root/.ssh/keys", unit_text("# c\n\n%s a\nbroken\n", ed25519())},
		{"/root/.ssh/authorized_keys", unit_text("%s not read\n", ed25519())},
		{"/etc/keys/ann", rsa(4096)},
		{"/home/ann/1000%", ecdsa()},
		{"/home/ann/.ssh/id_x", private_key("aes256-ctr")},
		{"/home/ann/.ssh/id_x.pub", ed25519()},
		{"/home/ann/.ssh/notes", "not a key\n"},
		{"/home/bob/.ssh/old", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"
				       "-----END RSA PRIVATE KEY-----\n"},
		{"/home/bob/.ssh/old.pub", rsa(1023)},
		{NULL, NULL}};
	static const struct {
		const char *kind, *user, *bits, *encrypted, *malformed, *path;
	} rows[] = {
		{"host", "", "256", "", "false", "/srv/key.pub"},
		{"private", "", "256", "false", "false", "/srv/key"},
		{"host", "", "1024", "", "false", "/etc/ssh/ssh_host_rsa_key.pub"},
		{"authorized", "root", "256", "", "false", "/root/.ssh/keys"},
		{"authorized", "root", "", "", "true", "/root/.ssh/keys"},
		{"authorized", "ann", "4096", "", "false", "/etc/keys/ann"},
		{"authorized", "ann", "384", "", "false", "/home/ann/1000%"},
		{"private", "ann", "256", "true", "false", "/home/ann/.ssh/id_x"},
		{"public", "ann", "256", "", "false", "/home/ann/.ssh/id_x.pub"},
		{"private", "bob", "1023", "false", "false", "/home/bob/.ssh/old"},
		{"public", "bob", "1023", "", "false", "/home/bob/.ssh/old.pub"},
	};
	struct gather *gather = ask(files);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t row = 0; row < array_len(rows); row++) {
		assert_string_equal(shown(row, "kind"), rows[row].kind);
		assert_string_equal(shown(row, "user"), rows[row].user);
		assert_string_equal(shown(row, "bits"), rows[row].bits);
		assert_string_equal(shown(row, "encrypted"), rows[row].encrypted);
		assert_string_equal(shown(row, "malformed"), rows[row].malformed);
		assert_string_equal(shown(row, "path"), rows[row].path);
	}
	assert_true(call_depends(&answer, "/home/bob/.ssh/keys"));
	gather_free(&gather);
}

test(no_row_holds_a_secret)
{
	const struct call_file files[] = {{"/etc/passwd", "root:x:0:0::/root:/bin/sh\n"},
					  {"/root/.ssh/id", private_key("none")},
					  {NULL, NULL}};
	struct gather *gather = ask(files);
	const char *end = strstr(files[1].text, "\n-----END");
	struct text secret = {end - 12, 12};
	assert_int_equal(answer.count, 1);
	for (size_t i = 0; i < call.probe->field_count; i++)
		assert_false(text_find(text_of(shown(0, call.probe->fields[i].name)), secret,
				       &(size_t){0}));
	assert_false(text_find(answer.rows[0].where.text, secret, &(size_t){0}));
	gather_free(&gather);
}

test(three_outcomes)
{
	static const struct call_file empty[] = {{"/etc/ssh/sshd_config", ""}, {NULL, NULL}};
	struct gather *gather = ask(NULL);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
	gather = ask(empty);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 0);
	gather_free(&gather);
	gather = call_gather_denied("/etc/ssh/ssh_host_rsa_key", false);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}

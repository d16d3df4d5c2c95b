#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "format/cert/x509.h"

#define FILES_MAX 10000

static const struct probe_param params[] = {
	{.name = "path",
	 .help = "where to look instead of the usual places: files, folders, or with wildcards",
	 .example = "/etc/nginx/tls/*.pem",
	 .kind = PARAM_LIST},
};

enum field {
	FIELD_SUBJECT,
	FIELD_ISSUER,
	FIELD_NAMES,
	FIELD_EXPIRES,
	FIELD_EXPIRED,
	FIELD_KEY_TYPE,
	FIELD_KEY_SIZE,
	FIELD_SIGNATURE,
	FIELD_SELF_SIGNED,
	FIELD_CA,
	FIELD_PATH,
	FIELD_MALFORMED,
	FIELD_NOT_AFTER,
	FIELD_NOT_BEFORE,
	FIELD_LIFETIME,
	FIELD_SERIAL,
	FIELD_FINGERPRINT,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"subject", "whose it is, by RFC 2253", "CN=www.example.org", .type = VALUE_TEXT},
	{"issuer", "who signed it", "CN=R11,O=Let's Encrypt,C=US", .type = VALUE_TEXT},
	{"names", "its alternative names: DNS, addresses, mail, URI", "www.example.org, 192.0.2.7",
	 .type = VALUE_LIST},
	{"expires", "how long it is still valid; below 0 when it has expired", "30d",
	 .type = VALUE_SPAN},
	{"expired", "whether its time is over", "false", .type = VALUE_BOOL},
	{"key_type", "rsa, rsa-pss, ec, ed25519, ed448, dsa …", "ec", .type = VALUE_TEXT},
	{"key_size", "in bits; nothing where it is not known", "256", .type = VALUE_INT},
	{"signature", "the algorithm that it was signed with", "sha256WithRSAEncryption",
	 .type = VALUE_TEXT},
	{"self_signed", "whether it signed itself", "false", .type = VALUE_BOOL},
	{"ca", "whether it may sign others", "false", .type = VALUE_BOOL},
	{"path", "the file", "/etc/letsencrypt/live/www/cert.pem", .type = VALUE_TEXT},
	{"malformed", "whether it can't be read as a certificate", "false", .type = VALUE_BOOL},
	{"not_after", "when its time ends", "2027-02-22", .type = VALUE_TIME},
	{"not_before", "when its time begins", "2026-11-24", .type = VALUE_TIME},
	{"lifetime", "how long that is", "90d", .type = VALUE_SPAN},
	{"serial", "its serial number, hex", "04d2", .type = VALUE_TEXT},
	{"fingerprint", "SHA-256 of it, hex",
	 "0f2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f001", .type = VALUE_TEXT},
};

/* Where servers keep their own, as their packages and pages suggest. */
static const struct text usual[] = {
	TEXT("/etc/ssl/*.pem"),
	TEXT("/etc/ssl/*.crt"),
	TEXT("/etc/ssl/certs/ssl-cert-snakeoil.pem"),
	TEXT("/etc/ssl/localcerts/*"),
	TEXT("/etc/letsencrypt/live/*/*.pem"),
	TEXT("/etc/pki/tls/certs/localhost.crt"),
	TEXT("/etc/nginx/ssl/*"),
	TEXT("/etc/nginx/certs/*"),
	TEXT("/etc/apache2/ssl/*"),
	TEXT("/etc/httpd/ssl/*"),
	TEXT("/etc/haproxy/certs/*"),
	TEXT("/etc/postfix/*.pem"),
	TEXT("/etc/postfix/ssl/*"),
	TEXT("/etc/dovecot/private/*"),
	TEXT("/etc/dovecot/ssl/*"),
	TEXT("/etc/exim4/*.crt"),
	TEXT("/etc/ldap/ssl/*"),
	TEXT("/etc/mysql/*.pem"),
	TEXT("/etc/mysql/ssl/*"),
	TEXT("/var/lib/mysql/*.pem"),
	TEXT("/var/lib/postgresql/*/*/server.crt"),
	TEXT("/etc/redis/*.crt"),
	TEXT("/etc/docker/*.pem"),
	TEXT("/etc/kubernetes/pki/*.crt"),
	TEXT("/etc/kubernetes/pki/etcd/*.crt"),
	TEXT("/etc/openvpn/**/*.crt"),
	TEXT("/etc/ipsec.d/certs/*"),
	TEXT("/etc/swanctl/x509/*"),
};

struct reading {
	struct rows *rows;
	struct x509_reader *reader;
	size_t files;
};

static bool fail(struct reading *reading, struct text why)
{
	return answer_fail(reading->rows->gather, reading->rows->answer, why);
}

/* -------- rows -------- */

static void put_times(struct value *values, const struct x509 *x509, int64_t now_us)
{
	values[FIELD_EXPIRES] = value_number(VALUE_SPAN, x509->not_after_us - now_us);
	values[FIELD_EXPIRED] = value_bool(x509->not_after_us < now_us);
	values[FIELD_NOT_BEFORE] = value_number(VALUE_TIME, x509->not_before_us);
	values[FIELD_NOT_AFTER] = value_number(VALUE_TIME, x509->not_after_us);
	values[FIELD_LIFETIME] = value_number(VALUE_SPAN, x509->not_after_us - x509->not_before_us);
}

static bool add_row(struct reading *reading, struct text path, uint64_t line, struct text der)
{
	struct gather *gather = reading->rows->gather;
	struct arena *arena = gather_arena(gather);
	struct x509 x509 = {.subject = TEXT("no certificate")};
	struct err err = {0};
	if (arena_left(arena) < GATHER_ARENA_SPARE)
		return fail(reading, TEXT("this run has read as much as it may keep in memory"));
	bool good = der.at && x509_parse(reading->reader, der, arena, &x509, &err);
	struct value *values = rows_add(reading->rows, (struct evidence){path, line, x509.subject});
	if (!values)
		return false;
	values[FIELD_MALFORMED] = value_bool(!good);
	values[FIELD_PATH] = value_text(VALUE_TEXT, path);
	if (!good)
		return true;
	put_times(values, &x509, gather_now_us(gather));
	values[FIELD_SUBJECT] = value_text(VALUE_TEXT, x509.subject);
	values[FIELD_ISSUER] = value_text(VALUE_TEXT, x509.issuer);
	values[FIELD_NAMES] = (struct value){
		.type = VALUE_LIST, .list = x509.names, .count = x509.name_count};
	values[FIELD_KEY_TYPE] = value_text(VALUE_TEXT, x509.key_type);
	if (x509.key_bits > 0)
		values[FIELD_KEY_SIZE] = value_number(VALUE_INT, (int64_t)x509.key_bits);
	values[FIELD_SIGNATURE] = value_text(VALUE_TEXT, x509.signature);
	values[FIELD_SELF_SIGNED] = value_bool(x509.self_signed);
	values[FIELD_CA] = value_bool(x509.authority);
	values[FIELD_SERIAL] = value_text(VALUE_TEXT, x509.serial);
	values[FIELD_FINGERPRINT] = value_text(VALUE_TEXT, text_of(arena_cstr(arena, x509.print)));
	return true;
}

/* -------- files -------- */

/* Whether what is not in armour should be a certificate in DER: a sequence with a long length. */
static bool is_der(struct text path, struct text content)
{
	static const char *const ends[] = {".der", ".cer", ".crt"};
	for (size_t i = 0; i < array_len(ends); i++)
		if (text_ends(path, ends[i]))
			return true;
	return content.len > 4 && content.at[0] == 0x30 && (unsigned char)content.at[1] == 0x82;
}

static bool read_file(struct reading *reading, struct text path)
{
	struct gather *gather = reading->rows->gather;
	struct text content, why, rest;
	struct gather_stat stat;
	struct x509_armour armour;
	uint64_t line = 0;
	bool any = false;
	enum gather_answer answer = gather_stat(gather, path, true, &stat, &why);
	if (answer == GATHER_OK && stat.kind == GATHER_FOLDER)
		return true;
	if (++reading->files > FILES_MAX)
		return fail(reading, TEXT("there are more than 10000 files to look at; say path"));
	if (answer == GATHER_OK)
		answer = gather_read(gather, path, &content, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	if (answer == GATHER_MISSING) {
		if (probe_setting(reading->rows->call, "path"))
			answer_miss(gather, reading->rows->answer, why);
		return true;
	}
	for (rest = content; x509_next(&rest, &line, gather_arena(gather), &armour); any = true)
		if (!add_row(reading, path, armour.line, armour.der))
			return false;
	return any || !is_der(path, content) || add_row(reading, path, 0, content);
}

/* A file, the files directly in a folder, or what a pattern matches. */
static bool read_place(struct reading *reading, struct text place)
{
	struct gather *gather = reading->rows->gather;
	const struct text *paths;
	size_t count;
	struct err err = {0};
	struct gather_stat stat;
	struct text why;
	if (!gather_has_wildcard(place) &&
	    gather_stat(gather, place, true, &stat, &why) == GATHER_OK &&
	    stat.kind == GATHER_FOLDER)
		place = text_of(arena_print(gather_arena(gather), "%.*s/*", TEXT_ARG(place)));
	if (!gather_glob(gather, place, &paths, &count, &err))
		return fail(reading, text_of(err.text));
	for (size_t i = 0; i < count; i++)
		if (!read_file(reading, paths[i]))
			return false;
	return true;
}

static void end_reading(struct reading *reading)
{
	x509_reader_free(&reading->reader);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	scoped(end_reading) struct reading reading = {.rows = &rows};
	const struct probe_setting *path = probe_setting(call, "path");
	const struct text *places = path ? path->list : usual;
	size_t count = path ? path->count : array_len(usual);
	struct err err = {0};
	reading.reader = x509_reader_new(&err);
	if (!reading.reader) {
		answer_skip(gather, answer, text_of(err.text));
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (!read_place(&reading, places[i]))
			return;
	if (rows.count == 0 && !path)
		answer_miss(gather, answer,
			    TEXT("there is no certificate in the usual places; "
				 "say path"));
	rows_give(&rows);
}

static bool check(const struct probe_call *call, struct err *err)
{
	const struct probe_setting *path = probe_setting(call, "path");
	for (size_t i = 0; path && i < path->count; i++)
		if (!text_starts(path->list[i], "/"))
			return err_set(err, ERR_INPUT, "a path begins with /");
	return true;
}

/* libcrypto is found now, or not at all: below another root there is none. */
static void prepare(struct gather *gather)
{
	(void)gather;
	struct err none = {0};
	struct x509_reader *reader = x509_reader_new(&none);
	x509_reader_free(&reader);
}

const struct probe probe_certificates = {
	.name = "certificates",
	.help = "certificates in files, PEM and DER: whose, until when, which key and signature",
	.subject_help = "a query over the certificates",
	.subject_example = "expires < 30d or key_type:rsa and key_size < 2048",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "where web, mail and database servers keep their own (/etc/ssl, "
		 "/etc/letsencrypt/live, /etc/nginx/ssl …), or path; not the authorities that the "
		 "system trusts: say path: /etc/ssl/certs",
	.privilege = "root, where folders are closed to others",
	.cost = "some small files; libcrypto is loaded for it",
	.check = check,
	.prepare = prepare,
	.run = run,
};

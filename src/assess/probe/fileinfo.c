#include "assess/probe/fileinfo.h"

#include <string.h>

#include "assess/probe/account.h"
#include "format/digest.h"

#define DIGESTS_MAX 10

const char *const fileinfo_digests[] = {"md5",    "sha1",     "sha224",   "sha256",   "sha384",
					"sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512"};

const struct probe_field fileinfo_fields[FILEINFO_COUNT] = {
	{"type", "file, directory, link, fifo, socket, character_device or block_device", "file",
	 .type = VALUE_TEXT},
	{"size", "bytes", "10M", .type = VALUE_SIZE},
	{"mode", "permission bits, octal", "0640", .type = VALUE_MODE},
	{"permissions", "kind and permission bits as text", "-rw-r-----", .type = VALUE_TEXT},
	{"owner", "name of the user that owns it, from the root's own /etc/passwd", "root",
	 .type = VALUE_TEXT, .costly = true},
	{"group", "name of its group, from the root's own /etc/group", "shadow", .type = VALUE_TEXT,
	 .costly = true},
	{"uid", "number of the user that owns it", "0", .type = VALUE_INT},
	{"gid", "number of its group", "0", .type = VALUE_INT},
	{"age", "time since its content changed", "90d", .type = VALUE_SPAN},
	{"mtime", "when its content changed", "2026-11-24T08:14:04Z", .type = VALUE_TIME},
	{"links", "hard links", "1", .type = VALUE_INT},
	{"name", "its name without the folders", "sshd_config", .type = VALUE_TEXT},
	{"path", "its path", "/etc/ssh/sshd_config", .type = VALUE_TEXT},
	{"target", "what a symbolic link says", "../usr/share/zoneinfo/UTC", .type = VALUE_TEXT,
	 .costly = true},
	{"md5", "MD5 of its content, hex", "d41d8cd98f00b204e9800998ecf8427e", .type = VALUE_TEXT,
	 .costly = true},
	{"sha1", "SHA-1 of its content, hex", "da39a3ee…", .type = VALUE_TEXT, .costly = true},
	{"sha224", "SHA-224 of its content, hex", "d14a028c…", .type = VALUE_TEXT, .costly = true},
	{"sha256", "SHA-256 of its content, hex", "e3b0c442…", .type = VALUE_TEXT, .costly = true},
	{"sha384", "SHA-384 of its content, hex", "38b060a7…", .type = VALUE_TEXT, .costly = true},
	{"sha512", "SHA-512 of its content, hex", "cf83e135…", .type = VALUE_TEXT, .costly = true},
	{"sha3_224", "SHA3-224 of its content, hex", "6b4e0342…", .type = VALUE_TEXT,
	 .costly = true},
	{"sha3_256", "SHA3-256 of its content, hex", "a7ffc6f8…", .type = VALUE_TEXT,
	 .costly = true},
	{"sha3_384", "SHA3-384 of its content, hex", "0c63a75b…", .type = VALUE_TEXT,
	 .costly = true},
	{"sha3_512", "SHA3-512 of its content, hex", "a69f73cc…", .type = VALUE_TEXT,
	 .costly = true},
	{"matched", "whether all conditions hold; false only with rest: true", "true",
	 .type = VALUE_BOOL},
};

static const struct {
	const char *name;
	char letter; /* in permissions */
} kinds[] = {
	[GATHER_FILE] = {"file", 0},
	[GATHER_FOLDER] = {"directory", 'd'},
	[GATHER_LINK] = {"link", 'L'},
	[GATHER_FIFO] = {"fifo", 'p'},
	[GATHER_SOCKET] = {"socket", 'S'},
	[GATHER_CHAR] = {"character_device", 'c'},
	[GATHER_BLOCK] = {"block_device", 'D'},
	[GATHER_UNKNOWN] = {"unknown", '?'},
};

struct text fileinfo_name(struct text path)
{
	const char *slash = memrchr(path.at, '/', path.len);
	size_t at = slash ? (size_t)(slash - path.at) + 1 : 0;
	return (struct text){path.at + at, path.len - at};
}

void fileinfo_put_permissions(const struct gather_stat *stat,
			      char out[static FILEINFO_PERMISSIONS_SIZE])
{
	static const char letters[] = "rwxrwxrwx";
	size_t len = 0;
	if (kinds[stat->kind].letter == 'c')
		out[len++] = 'D';
	if (kinds[stat->kind].letter)
		out[len++] = kinds[stat->kind].letter;
	if (stat->mode & 04000)
		out[len++] = 'u';
	if (stat->mode & 02000)
		out[len++] = 'g';
	if (stat->mode & 01000)
		out[len++] = 't';
	if (len == 0)
		out[len++] = '-';
	for (size_t i = 0; i < 9; i++)
		out[len++] = stat->mode & (0400u >> i) ? letters[i] : '-';
	out[len] = '\0';
}

struct digests {
	struct digest *at[DIGESTS_MAX];
	uint64_t size; /* bytes read */
};

static void end_digests(struct digests *digests)
{
	for (size_t i = 0; i < DIGESTS_MAX; i++)
		digest_free(&digests->at[i]);
}

static bool digest_piece(void *data, struct text piece)
{
	struct digests *digests = data;
	digests->size += piece.len;
	for (size_t i = 0; i < DIGESTS_MAX; i++)
		if (digests->at[i])
			digest_add(digests->at[i], piece.at, piece.len);
	return true;
}

/* Takes what the run has already; false: something is wanted beyond it. */
static bool recall_digests(struct gather *gather, const struct gather_stat *stat,
			   struct fileinfo_digested *digested, struct digests *missing)
{
	bool all = true;
	for (size_t i = 0; i < DIGESTS_MAX; i++) {
		struct text bytes;
		if (!(digested->wants >> i & 1))
			continue;
		if (gather_recall(gather, stat, (unsigned)i, &bytes)) {
			memcpy(digested->bytes[i], bytes.at, bytes.len);
			continue;
		}
		missing->at[i] = digest_new(fileinfo_digests[i]);
		all = false;
	}
	return all;
}

bool fileinfo_digest(struct gather *gather, struct text path, const struct gather_stat *stat,
		     struct fileinfo_digested *digested, struct text *why)
{
	scoped(end_digests) struct digests digests = {{0}, 0};
	struct text content;
	digested->there = true;
	if (recall_digests(gather, stat, digested, &digests))
		return true;
	if (gather_recall(gather, stat, GATHER_CONTENT, &content)) {
		digest_piece(&digests, content);
	} else {
		enum gather_answer answer = gather_stream(gather, path, digest_piece, &digests,
							  why);
		digested->there = answer == GATHER_OK;
		if (!digested->there)
			return answer == GATHER_MISSING;
	}
	for (size_t i = 0; i < DIGESTS_MAX; i++) {
		if (!digests.at[i])
			continue;
		digest_get(digests.at[i], digested->bytes[i]);
		struct text bytes = {(const char *)digested->bytes[i],
				     digest_size(fileinfo_digests[i])};
		if (digests.size == stat->size) /* else it changed meanwhile */
			gather_remember(gather, stat, (unsigned)i, &bytes);
	}
	return true;
}

static bool fill_digests(struct gather *gather, struct text path, const struct gather_stat *stat,
			 uint64_t wants, struct value *values, struct text *why)
{
	struct fileinfo_digested digested = {.wants = wants >> FILEINFO_DIGEST_FIRST &
						      ((UINT64_C(1) << DIGESTS_MAX) - 1)};
	if (digested.wants == 0)
		return true;
	if (!fileinfo_digest(gather, path, stat, &digested, why))
		return false;
	for (size_t i = 0; digested.there && i < DIGESTS_MAX; i++) {
		if (!(digested.wants >> i & 1))
			continue;
		size_t size = digest_size(fileinfo_digests[i]);
		char *hex = arena_get(gather_arena(gather), 2 * size + 1, 1);
		text_put_hex(digested.bytes[i], size, hex);
		values[FILEINFO_DIGEST_FIRST + i] = value_text(VALUE_TEXT, text_of(hex));
		values[FILEINFO_DIGEST_FIRST + i].caseless = true;
	}
	return true;
}

static void fill_stat(struct gather *gather, const struct gather_stat *stat, struct value *values)
{
	char permissions[FILEINFO_PERMISSIONS_SIZE];
	int64_t size = stat->size > INT64_MAX ? INT64_MAX : (int64_t)stat->size;
	fileinfo_put_permissions(stat, permissions);
	values[FILEINFO_TYPE] = value_text(VALUE_TEXT, text_of(kinds[stat->kind].name));
	values[FILEINFO_SIZE] = value_number(VALUE_SIZE, size);
	values[FILEINFO_MODE] = value_number(VALUE_MODE, stat->mode);
	values[FILEINFO_PERMISSIONS] = value_text(
		VALUE_TEXT, arena_text(gather_arena(gather), text_of(permissions)));
	values[FILEINFO_UID] = value_number(VALUE_INT, stat->uid);
	values[FILEINFO_GID] = value_number(VALUE_INT, stat->gid);
	values[FILEINFO_MTIME] = value_number(VALUE_TIME, stat->mtime_us);
	values[FILEINFO_LINKS] = value_number(VALUE_INT, (int64_t)stat->links);
}

bool fileinfo_fill(struct gather *gather, struct text path, const struct gather_stat *stat,
		   uint64_t wants, struct value *values, struct text *why)
{
	fill_stat(gather, stat, values);
	values[FILEINFO_NAME] = value_text(VALUE_TEXT, fileinfo_name(path));
	values[FILEINFO_PATH] = value_text(VALUE_TEXT, path);
	if (wants >> FILEINFO_AGE & 1)
		values[FILEINFO_AGE] = value_number(VALUE_SPAN,
						    gather_now_us(gather) - stat->mtime_us);
	if (wants >> FILEINFO_OWNER & 1)
		values[FILEINFO_OWNER] = value_text(VALUE_TEXT, account_user(gather, stat->uid));
	if (wants >> FILEINFO_GROUP & 1)
		values[FILEINFO_GROUP] = value_text(VALUE_TEXT, account_group(gather, stat->gid));
	if (wants >> FILEINFO_TARGET & 1) {
		struct gather_stat itself;
		struct text target;
		if (gather_peek(gather, path, false, &itself, why) == GATHER_OK &&
		    itself.kind == GATHER_LINK &&
		    gather_link(gather, path, &target, why) == GATHER_OK)
			values[FILEINFO_TARGET] = value_text(VALUE_TEXT, target);
	}
	return stat->kind != GATHER_FILE || fill_digests(gather, path, stat, wants, values, why);
}

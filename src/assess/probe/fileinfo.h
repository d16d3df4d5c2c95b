/* fileinfo.h: what `file` and `files` tell of one file: the fields that both tables have, and how
 * they are read. */
#pragma once
#include "assess/probe/answer.h"
#include "format/digest.h"

enum fileinfo {
	FILEINFO_TYPE,
	FILEINFO_SIZE,
	FILEINFO_MODE,
	FILEINFO_PERMISSIONS,
	FILEINFO_OWNER,
	FILEINFO_GROUP,
	FILEINFO_UID,
	FILEINFO_GID,
	FILEINFO_AGE,
	FILEINFO_MTIME,
	FILEINFO_LINKS,
	FILEINFO_NAME,
	FILEINFO_PATH,
	FILEINFO_TARGET,
	FILEINFO_DIGEST_FIRST, /* in the order of fileinfo_digests */
	FILEINFO_DIGEST_LAST = FILEINFO_DIGEST_FIRST + 9,
	FILEINFO_MATCHED, /* of files alone */
	FILEINFO_COUNT,
};

extern const struct probe_field fileinfo_fields[FILEINFO_COUNT];
extern const char *const fileinfo_digests[FILEINFO_DIGEST_LAST - FILEINFO_DIGEST_FIRST + 1];

/* Fills the values that `wants` (bit i: field i) asks for. False: *why says what could not be read.
 */
must_use bool fileinfo_fill(struct gather *gather, struct text path, const struct gather_stat *stat,
			    uint64_t wants, struct value *values, struct text *why);

/* Digests of a file's content, as many as are wanted by one reading, and none when the run has them
 * already; there is false when the file vanished. */
struct fileinfo_digested {
	uint64_t wants; /* bit i: fileinfo_digests[i] */
	bool there;
	unsigned char bytes[FILEINFO_DIGEST_LAST - FILEINFO_DIGEST_FIRST + 1][DIGEST_SIZE_MAX];
};
must_use bool fileinfo_digest(struct gather *gather, struct text path,
			      const struct gather_stat *stat, struct fileinfo_digested *digested,
			      struct text *why);

must_use struct text fileinfo_name(struct text path); /* what stands behind the last slash */

/* Kind and permissions as text: `-rw-r--r--`, `urwxr-xr-x` with setuid, `dtrwxrwxrwx` for /tmp:
 * kind and special bits as letters (d L p S D c, u g t) before the nine, which is how MIG's `modes`
 * have always been written. */
#define FILEINFO_PERMISSIONS_SIZE 16
void fileinfo_put_permissions(const struct gather_stat *stat,
			      char out[static FILEINFO_PERMISSIONS_SIZE]);

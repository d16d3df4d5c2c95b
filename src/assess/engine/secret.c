#include <string.h>

#include "assess/engine/source.h"

/* Files that hold secrets wherever they are linked from: known again by device and inode. */
static const char *const secret_files[] = {
	"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/security/opasswd",
};

/* Names, with wildcards, that say what is inside. */
static const char *const secret_names[] = {
	"shadow",      "shadow-",      "gshadow",
	"gshadow-",    "opasswd",      "ssh_host_*_key",
	"id_rsa",      "id_dsa",       "id_ecdsa",
	"id_ecdsa_sk", "id_ed25519",   "id_ed25519_sk",
	"*.key",       "*.p12",        "*.pfx",
	"*.jks",       "*.keytab",     ".pgpass",
	".netrc",      ".my.cnf",      ".git-credentials",
	"debian.cnf",  "environ",      "*-key.pem",
	"key.pem",     "privkey*.pem", "*.kdbx",
	"secring.gpg", "htpasswd",     ".htpasswd",
};

static const char *const secret_folders[] = {"/etc/ssl/private/", "/etc/wireguard/"};

static struct text name_of(struct text path)
{
	size_t at = path.len;
	while (at > 0 && path.at[at - 1] != '/')
		at--;
	return (struct text){path.at + at, path.len - at};
}

static bool is_secret_name(struct text path)
{
	struct text name = name_of(path);
	for (size_t i = 0; i < array_len(secret_names); i++)
		if (gather_is_name_match(text_of(secret_names[i]), name))
			return true;
	for (size_t i = 0; i < array_len(secret_folders); i++)
		if (text_starts(path, secret_folders[i]))
			return true;
	return false;
}

struct secrets {
	struct {
		uint64_t device, inode;
	} at[array_len(secret_files)];
	size_t count;
};

/* Which files those are here, looked up once a run. */
static const struct secrets *known_secrets(struct gather *gather)
{
	static const char key[] = "secret files";
	struct secrets *secrets = gather_fact(gather, key);
	const void *data;
	const struct source *source = gather_source(gather, &data);
	if (secrets)
		return secrets;
	secrets = arena_get(gather_arena(gather), 1, sizeof(*secrets));
	for (size_t i = 0; i < array_len(secret_files); i++) {
		struct file_stat stat;
		struct err err = {0};
		if (source->stat(data, secret_files[i], true, &stat, &err) != FILE_OK)
			continue;
		secrets->at[secrets->count].device = stat.device;
		secrets->at[secrets->count++].inode = stat.inode;
	}
	gather_keep_fact(gather, key, secrets);
	return secrets;
}

bool gather_is_secret(struct gather *gather, struct text path)
{
	struct gather_stat stat;
	struct text why;
	if (is_secret_name(path))
		return true;
	if (gather_peek(gather, path, true, &stat, &why) != GATHER_OK)
		return false;
	const struct secrets *secrets = known_secrets(gather);
	for (size_t i = 0; i < secrets->count; i++)
		if (secrets->at[i].inode == stat.inode && secrets->at[i].device == stat.device)
			return true;
	return false;
}

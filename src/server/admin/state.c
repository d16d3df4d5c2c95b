#include "server/admin/state.h"

#include <string.h>

#include "format/quantity.h"
#include "net/self.h"
#include "net/tls/tls.h"
#include "os/folder.h"
#include "os/machine.h"
#include "server/api/who.h"

#define FILE_MAX (64u * 1024)
#define ARENA_MAX (256u * 1024)

static const char *const always[] = {"localhost", "127.0.0.1", "::1"};

void state_keys_end(struct state_keys *keys)
{
	struct buf *secrets[] = {&keys->ca_key, &keys->key};
	for (size_t i = 0; i < array_len(secrets); i++)
		if (secrets[i]->at)
			explicit_bzero(secrets[i]->at, secrets[i]->len);
	buf_end(&keys->ca_key);
	buf_end(&keys->ca_cert);
	buf_end(&keys->key);
	buf_end(&keys->cert);
}

/* -------- init -------- */

static bool is_name(struct text name)
{
	struct address address;
	if (quantity_read_address(name, &address))
		return !memchr(name.at, '/', name.len);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '.' || c == '_' || (c == '*' && i == 0)))
			return false;
	}
	return name.len > 0 && name.len <= SELF_NAME_MAX;
}

static void add_name(struct buf *out, const char *name)
{
	struct text rest = buf_view(out), line;
	while (text_next(&rest, '\n', &line))
		if (text_is_alike(line, text_of(name)))
			return;
	buf_print(out, "%s\n", name);
}

static bool collect_names(const char *const *names, size_t count, struct buf *out, struct err *err)
{
	struct machine machine;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	if (count > STATE_NAMES_MAX)
		return err_set(err, ERR_LIMIT, "--name is given more than %d times",
			       STATE_NAMES_MAX);
	machine_read(&machine);
	for (size_t i = 0; i < count; i++) {
		if (!is_name(text_of(names[i])))
			return err_set(err, ERR_INPUT,
				       "--name \"%.100s\" is neither a host's name nor an address",
				       names[i]);
		add_name(out, names[i]);
	}
	if (is_name(text_of(machine.name))) {
		add_name(out, self_name(machine.name, arena));
		add_name(out, machine.name);
	}
	for (size_t i = 0; i < array_len(always); i++)
		add_name(out, always[i]);
	return true;
}

static bool make_keys(int folder, const struct buf *names, int64_t now_us, struct err *err)
{
	scoped(state_keys_end) struct state_keys keys = {0};
	struct text rest = buf_view(names), first;
	scoped(buf_end) struct buf title = {0};
	must(text_next(&rest, '\n', &first));
	buf_print(&title, "Muster CA of %.*s", TEXT_ARG(first));
	if (title.len > 64) /* RFC 5280's limit of a common name */
		title.at[64] = '\0';
	return tls_make_key(&keys.ca_key, err) && tls_make_key(&keys.key, err) &&
	       tls_make_ca(buf_view(&keys.ca_key), title.at, now_us, &keys.ca_cert, err) &&
	       folder_write(folder, "names", buf_view(names), 0644, err) &&
	       folder_write(folder, "ca.key", buf_view(&keys.ca_key), 0600, err) &&
	       folder_write(folder, "server.key", buf_view(&keys.key), 0600, err) &&
	       folder_write(folder, "ca.pem", buf_view(&keys.ca_cert), 0644, err);
}

static bool add_admin(int folder, struct store *store, int64_t now_us, struct err *err)
{
	char secret[WHO_SECRET_SIZE], id[STORE_HASH_SIZE];
	struct store_token token = {.kind = TOKEN_API,
				    .name = TEXT("admin"),
				    .role = TEXT("admin"),
				    .created_us = now_us,
				    .uses_left = -1};
	scoped(buf_end) struct buf line = {0};
	who_make_secret(secret, token.hash);
	who_hash(text_of(token.hash), id); /* an id says nothing of the secret */
	memcpy(token.id, id, STORE_ID_SIZE - 1);
	buf_print(&line, "%s\n", secret);
	explicit_bzero(secret, sizeof(secret));
	bool done = store_embedded.token_add(store, &token, err) &&
		    folder_write(folder, "admin.token", buf_view(&line), 0600, err);
	explicit_bzero(line.at, line.len);
	return done;
}

static bool make_store(int folder, const char *path, int64_t now_us, struct err *err)
{
	scoped(buf_end) struct buf below = {0};
	buf_print(&below, "%s/%s", path, STATE_STORE);
	int store_folder = folder_open_below(folder, STATE_STORE, 0, err);
	if (store_folder < 0)
		return false;
	folder_close(&store_folder);
	struct store *store = store_embedded.open(&(struct store_config){.folder = below.at}, err);
	if (!store)
		return false;
	bool done = add_admin(folder, store, now_us, err);
	store_embedded.close(&store);
	return done;
}

bool state_make(const char *path, const char *const *names, size_t count, int64_t now_us,
		struct err *err)
{
	scoped(buf_end) struct buf list = {0};
	if (!collect_names(names, count, &list, err))
		return false;
	scoped(folder_close) int folder = folder_open(path, err);
	if (folder < 0)
		return false;
	if (folder_is_there(folder,
			    "admin.token")) /* it comes last: without it, this is begun anew */
		return err_set(
			err, ERR_REFUSED,
			"\"%s\" holds a server's state already; run \"musterd run --state %s\", or "
			"choose another folder",
			path, path);
	return make_keys(folder, &list, now_us, err) && make_store(folder, path, now_us, err);
}

/* -------- run -------- */

int state_open(const char *path, struct err *err)
{
	int folder = folder_open_known(path, err);
	if (folder < 0) {
		err_add(err, "state folder");
		return -1;
	}
	if (folder_is_there(folder, "ca.pem") && folder_is_there(folder, "admin.token"))
		return folder;
	err_set(err, ERR_INPUT,
		"\"%s\" is no server's state; make one with \"musterd init --state %s\"", path,
		path);
	folder_close(&folder);
	return -1;
}

static bool read_file(int folder, const char *name, struct buf *out, struct err *err)
{
	bool found = false;
	if (!folder_read(folder, name, FILE_MAX, out, &found, err))
		return err_add(err, "state folder");
	if (!found)
		return err_set(err, ERR_INPUT,
			       "state folder: \"%s\" is missing; take it from a backup", name);
	return true;
}

/* The names of the certificate, as a list that ends with NULL, in arena. */
static const char **read_names(int folder, struct arena *arena, struct err *err)
{
	scoped(buf_end) struct buf file = {0};
	if (!read_file(folder, "names", &file, err))
		return NULL;
	const char **names = arena_get(arena, STATE_NAMES_MAX + 8, sizeof(*names));
	struct text rest = buf_view(&file), line;
	for (size_t count = 0; count < STATE_NAMES_MAX + 7 && text_next(&rest, '\n', &line);)
		if (is_name(text_trim(line)))
			names[count++] = arena_text(arena, text_trim(line)).at;
	if (names[0])
		return names;
	err_set(err, ERR_INPUT, "state folder: \"names\" holds no name");
	return NULL;
}

bool state_read_keys(int folder, int64_t now_us, struct state_keys *keys, struct err *err)
{
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	scoped(buf_end) struct buf request = {0};
	const char **names = read_names(folder, arena, err);
	if (!names || !read_file(folder, "ca.key", &keys->ca_key, err) ||
	    !read_file(folder, "ca.pem", &keys->ca_cert, err) ||
	    !read_file(folder, "server.key", &keys->key, err))
		return false;
	struct tls_grant grant = {.common_name = names[0],
				  .names = names,
				  .is_server = true,
				  .days = STATE_CERTIFICATE_DAYS,
				  .now_us = now_us};
	return tls_make_request(buf_view(&keys->key), names[0], &request, err) &&
	       tls_sign(buf_view(&keys->ca_key), buf_view(&keys->ca_cert), buf_view(&request),
			&grant, &keys->cert, err) &&
	       folder_write(folder, "server.pem", buf_view(&keys->cert), 0644, err);
}

const char *state_host(int folder, struct arena *arena)
{
	struct err err = {0};
	struct address address;
	const char **names = read_names(folder, arena, &err);
	for (size_t i = 0; names && names[i]; i++)
		if (!text_is(text_of(names[i]), "localhost") && names[i][0] != '*' &&
		    !quantity_read_address(text_of(names[i]), &address))
			return names[i];
	return "localhost";
}

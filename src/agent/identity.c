#include "agent/identity.h"

#include <string.h>

#include "format/json.h"
#include "os/folder.h"

#define CARD "agent.json"
#define PAIR "agent.pem"
#define FORMER_KEY "agent.key"
#define ARENA_MAX (4u * 1024 * 1024)

/* The PEM files, in the order of writing; agent.json comes after them. */
static const struct {
	const char *name;
	unsigned mode;
	size_t at; /* of its struct buf in struct identity */
} files[] = {
	{PAIR, 0600, offsetof(struct identity, pair)},
	{"ca.pem", 0644, offsetof(struct identity, ca)},
};

static struct buf *buf_of(struct identity *identity, size_t file)
{
	return (struct buf *)(void *)((char *)identity + files[file].at);
}

void identity_end(struct identity *identity)
{
	if (identity->pair.at)
		explicit_bzero(identity->pair.at, identity->pair.len);
	for (size_t i = 0; i < array_len(files); i++)
		buf_end(buf_of(identity, i));
}

bool identity_is_there(int folder)
{
	return folder_is_there(folder, CARD);
}

bool identity_save(int folder, const struct identity *identity, struct err *err)
{
	struct identity copy = *identity; /* for buf_of alone */
	for (size_t i = 0; i < array_len(files); i++)
		if (!folder_write(folder, files[i].name, buf_view(buf_of(&copy, i)), files[i].mode,
				  err))
			return false;
	struct buf server = {0}, text = {0};
	bool is_v6 = strchr(identity->server.host, ':') != NULL;
	buf_print(&server, is_v6 ? "[%s]:%u" : "%s:%u", identity->server.host,
		  identity->server.port);
	struct json *card = json_new_object();
	json_put_cstr(card, "agent", identity->id);
	json_put_cstr(card, "name", identity->name);
	json_put_text(card, "server", buf_view(&server));
	json_put_cstr(card, "trust", "server");
	json_write_pretty(card, &text);
	buf_char(&text, '\n');
	bool done = folder_write(folder, CARD, buf_view(&text), 0644, err);
	json_free(&card);
	buf_end(&server);
	buf_end(&text);
	return done;
}

static bool is_id(struct text id)
{
	if (id.len == 0 || id.len > IDENTITY_ID_MAX)
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (!((id.at[i] >= '0' && id.at[i] <= '9') || (id.at[i] >= 'a' && id.at[i] <= 'f')))
			return false;
	return true;
}

static bool read_card(const struct json *card, struct identity *identity, struct err *err)
{
	struct text id = json_text(card, "agent"), name = json_text(card, "name");
	if (!is_id(id))
		return err_set(err, ERR_INPUT, "\"agent\" is no agent's id");
	if (name.len == 0 || name.len > IDENTITY_NAME_MAX)
		return err_set(err, ERR_INPUT, "\"name\" is no host's name");
	if (!text_is(json_text(card, "trust"), "server"))
		return err_set(err, ERR_INPUT, "\"trust\" is not \"server\"");
	if (!dial_read(json_text(card, "server"), &identity->server, err))
		return err_add(err, "\"server\"");
	memcpy(identity->id, id.at, id.len);
	memcpy(identity->name, name.at, name.len);
	return true;
}

static bool load_card(int folder, struct identity *identity, struct err *err)
{
	struct buf text = {0};
	bool found = false;
	bool done = folder_read(folder, CARD, IDENTITY_FILE_MAX, &text, &found, err);
	if (done && !found)
		done = err_set(
			err, ERR_INPUT,
			"not enrolled; run muster-agent enroll with a token of muster agent token");
	struct json *card = done ? json_parse(buf_view(&text), err) : NULL;
	if (done)
		done = (card && read_card(card, identity, err)) ||
		       err_add(err, CARD " is damaged, enrol anew");
	json_free(&card);
	buf_end(&text);
	return done;
}

bool identity_load(int folder, struct identity *identity, struct err *err)
{
	*identity = (struct identity){0};
	bool done = load_card(folder, identity, err);
	for (size_t i = 0; done && i < array_len(files); i++) {
		bool found = false;
		done = folder_read(folder, files[i].name, IDENTITY_FILE_MAX, buf_of(identity, i),
				   &found, err);
		if (done && !found)
			done = err_set(err, ERR_INPUT, "%s is missing, enrol anew", files[i].name);
	}
	/* Behind what is in the pair: of two keys the first counts, and that is the newer one. */
	bool found = false;
	done = done &&
	       folder_read(folder, FORMER_KEY, IDENTITY_FILE_MAX, &identity->pair, &found, err);
	if (!done)
		identity_end(identity);
	return done;
}

bool identity_renew(int folder, struct identity *identity, struct text pair, struct err *err)
{
	must(pair.len <= IDENTITY_FILE_MAX);
	if (!folder_write(folder, PAIR, pair, 0600, err))
		return false;
	explicit_bzero(identity->pair.at, identity->pair.len);
	buf_clear(&identity->pair);
	buf_text(&identity->pair, pair);
	return folder_remove(folder, FORMER_KEY, err);
}

static bool remove_spool(int folder, struct err *err)
{
	if (!folder_is_there(folder, IDENTITY_SPOOL))
		return true;
	int spool = folder_open_below(folder, IDENTITY_SPOOL, 0, err);
	if (spool < 0)
		return false;
	struct arena *arena = arena_new(ARENA_MAX);
	struct text *names = NULL;
	size_t count = 0;
	bool done = folder_list(spool, arena, &names, &count, err);
	for (size_t i = 0; done && i < count; i++)
		done = folder_remove(spool, names[i].at, err);
	arena_free(&arena);
	folder_close(&spool);
	return done && folder_remove_below(folder, IDENTITY_SPOOL, err);
}

bool identity_remove(int folder, struct err *err)
{
	if (!folder_remove(folder, CARD, err) || !remove_spool(folder, err))
		return false;
	for (size_t i = 0; i < array_len(files); i++)
		if (!folder_remove(folder, files[i].name, err))
			return false;
	return folder_remove(folder, FORMER_KEY, err) && folder_remove(folder, IDENTITY_LOCK, err);
}

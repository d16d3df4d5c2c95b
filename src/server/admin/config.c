#include "server/admin/config.h"

#include <string.h>

#include "format/doc.h"

#define ARENA_MAX (DOC_ARENA_MAX + 1024u * 1024)

static const struct key {
	const char *name, *fallback, *help;
	size_t offset;
} keys[] = {
	{"listen", "*:8443",
	 "where people and programs connect (API, dashboard): ADDRESS:PORT; * is every address",
	 offsetof(struct config, listen)},
	{"agents", "", "where agents connect; empty: the same address, the next port",
	 offsetof(struct config, agents)},
	{"agents_host", "",
	 "the name or address that enrolment tokens send agents to; empty: the address that\n"
	 "# agents listens on, or this host's name where that is every address",
	 offsetof(struct config, agents_host)},
	{"dashboard", MUSTER_DASHBOARD_DIR,
	 "the folder with the dashboard's files; empty: none is served",
	 offsetof(struct config, dashboard)},
	{"keep_items", "400d",
	 "how long items are kept that are not current any more, as 400d; 0: for ever",
	 offsetof(struct config, keep_items)},
	{"agent_certificate_days", "365",
	 "how many days an agent's certificate lives, 1 to 3650; agents renew theirs when less\n"
	 "# than a third of its life is left, so whoever is away for longer must enrol anew",
	 offsetof(struct config, agent_certificate_days)},
	{"alert_on", "level",
	 "what is told: level (a host stops or starts to meet its required level; where none\n"
	 "# is required, any check) or change (any check stops or starts to comply)",
	 offsetof(struct config, alert_on)},
	{"alert_webhook", "",
	 "an address that gets each alert as JSON: https://HOST/PATH; empty: none",
	 offsetof(struct config, alert_webhook)},
	{"alert_mail_server", "", "the server that takes mail, as smtp://HOST:25; empty: no mail",
	 offsetof(struct config, alert_mail_server)},
	{"alert_mail_from", "", "the sender's address", offsetof(struct config, alert_mail_from)},
	{"alert_mail_to", "", "who gets mail: addresses with commas between them",
	 offsetof(struct config, alert_mail_to)},
	{"alert_syslog", "", "a syslog server, as udp://HOST:514 or tcp://HOST:514; empty: none",
	 offsetof(struct config, alert_syslog)},
	{"log", "info", "the least that is logged: debug, info, warn or error",
	 offsetof(struct config, log)},
};

static void set(struct config *config, const struct key *key, const char *value)
{
	memcpy((char *)config + key->offset, &value, sizeof(value));
}

static const char *get(const struct config *config, const struct key *key)
{
	const char *value;
	memcpy(&value, (const char *)config + key->offset, sizeof(value));
	return value;
}

void config_begin(struct config *config)
{
	for (size_t i = 0; i < array_len(keys); i++)
		set(config, &keys[i], keys[i].fallback);
}

static const struct key *find(struct text name)
{
	for (size_t i = 0; i < array_len(keys); i++)
		if (text_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

static bool refuse_key(const struct doc *key, struct err *err)
{
	struct near near = near_begin(key->text);
	for (size_t i = 0; i < array_len(keys); i++)
		near_try(&near, keys[i].name);
	if (near.best)
		return doc_err(key, err, "unknown key \"%.*s\"; did you mean \"%s\"?",
			       TEXT_ARG(key->text), near.best);
	return doc_err(key, err, "unknown key \"%.*s\"; \"musterd config\" lists them",
		       TEXT_ARG(key->text));
}

static bool read_map(const struct doc *map, struct arena *arena, struct config *config,
		     struct err *err)
{
	if (map->kind != DOC_MAP)
		return doc_err(map, err, "the configuration is a map of keys and values");
	for (size_t i = 0; i < map->count; i++) {
		const struct key *key = find(map->keys[i]->text);
		const struct doc *value = map->items[i];
		if (!key)
			return refuse_key(map->keys[i], err);
		if (value->kind != DOC_SCALAR || memchr(value->text.at, '\0', value->text.len))
			return doc_err(value, err, "\"%s\" is one text", key->name);
		set(config, key, arena_copy(arena, value->text.at, value->text.len));
	}
	return true;
}

bool config_read(struct text text, struct arena *arena, struct config *config, struct err *err)
{
	struct doc **docs;
	size_t count;
	struct config read = *config;
	scoped(arena_free) struct arena *own = arena_new(ARENA_MAX);
	if (!doc_parse_yaml(text, own, &docs, &count, err))
		return false;
	if (count > 1)
		return doc_err(docs[1], err, "the configuration is one document");
	if (count == 1 && !doc_is_null(docs[0]) && !read_map(docs[0], arena, &read, err))
		return false;
	*config = read;
	return true;
}

void config_print(const struct config *config, struct buf *out)
{
	for (size_t i = 0; i < array_len(keys); i++)
		buf_print(out, "%s# %s\n%s: \"%s\"\n", i > 0 ? "\n" : "", keys[i].help,
			  keys[i].name, get(config, &keys[i]));
}

#include "model/host.h"

#include <string.h>

#include "base/time.h"

#define OS_WORDS_MAX 16

static void put_time(struct json *json, const char *key, int64_t at_us)
{
	char when[TIME_TEXT_SIZE];
	if (at_us == 0)
		return;
	time_put(at_us, when);
	json_put_cstr(json, key, when);
}

static struct json *watch_to_json(const struct host_watch *watch)
{
	struct json *json = json_new_object();
	json_put_int(json, "names", watch->names);
	json_put_int(json, "looked_at", watch->looked_at);
	json_put_text(json, "why", watch->why);
	json_put_text(json, "who", watch->who);
	json_put_int(json, "defects", watch->defects);
	put_time(json, "since", watch->since_us);
	if (watch->defects > 0) {
		json_put_text(json, "defect", watch->defect);
		put_time(json, "defect_at", watch->defect_at_us);
	}
	return json;
}

struct json *host_facts_to_json(const struct host_facts *facts)
{
	struct json *json = json_new_object(), *os = json_new_list(), *addresses = json_new_list();
	struct json *walls = json_new_object();
	json_put_text(json, "name", facts->name);
	for (size_t i = 0; i < facts->os_count; i++)
		json_add_text(os, facts->os[i]);
	json_put(json, "os", os);
	json_put_text(json, "os_name", facts->os_name);
	json_put_text(json, "os_version", facts->os_version);
	json_put_text(json, "kernel", facts->kernel);
	json_put_text(json, "arch", facts->arch);
	json_put_text(json, "agent_version", facts->agent_version);
	for (size_t i = 0; i < facts->address_count; i++)
		json_add_text(addresses, facts->addresses[i]);
	json_put(json, "addresses", addresses);
	json_put_int(walls, "landlock_abi", facts->landlock_abi);
	json_put_bool(walls, "seccomp", facts->seccomp);
	json_put(json, "walls", walls);
	if (facts->watch.told)
		json_put(json, "watch", watch_to_json(&facts->watch));
	return json;
}

static bool get_text(const struct json *json, const char *key, struct arena *arena,
		     struct text *text, struct err *err)
{
	struct text value = json_text(json, key);
	if (value.len > HOST_FACT_MAX)
		return err_set(err, ERR_LIMIT, "host: \"%s\" has %zu bytes; at most %d are taken",
			       key, value.len, HOST_FACT_MAX);
	*text = arena_text(arena, value.at ? value : TEXT(""));
	return true;
}

static bool get_list(const struct json *list, size_t limit, struct arena *arena,
		     const struct text **texts, size_t *count, struct err *err)
{
	size_t found = json_count(list);
	if (found > limit)
		return err_set(err, ERR_LIMIT, "host: a list of %zu; at most %zu are taken", found,
			       limit);
	struct text *out = arena_get(arena, found, sizeof(*out));
	for (size_t i = 0; i < found; i++) {
		struct text text = json_as_text(json_at(list, i));
		if (!text.at || text.len > HOST_FACT_MAX)
			return err_set(err, ERR_INPUT, "host: a list must hold short texts");
		out[i] = arena_text(arena, text);
	}
	*texts = out;
	*count = found;
	return true;
}

static bool is_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || strchr("-._", c);
		if (!plain || c == '\0')
			return false;
	}
	return name.len > 0 && name.len <= HOST_NAME_MAX_LEN;
}

static int64_t get_count(const struct json *json, const char *key)
{
	int64_t count = json_int(json, key, 0);
	count = count < 0 ? 0 : count;
	return count < HOST_WATCH_MAX ? count : HOST_WATCH_MAX;
}

static bool get_watch(const struct json *json, struct arena *arena, struct host_watch *watch,
		      struct err *err)
{
	watch->told = json_kind(json) == JSON_OBJECT;
	if (!get_text(json, "why", arena, &watch->why, err) ||
	    !get_text(json, "who", arena, &watch->who, err) ||
	    !get_text(json, "defect", arena, &watch->defect, err))
		return err_add(err, "its watch");
	watch->names = get_count(json, "names");
	watch->looked_at = get_count(json, "looked_at");
	watch->defects = get_count(json, "defects");
	if (!time_read(json_text(json, "since"), &watch->since_us))
		watch->since_us = 0;
	if (!time_read(json_text(json, "defect_at"), &watch->defect_at_us))
		watch->defect_at_us = 0;
	return true;
}

bool host_facts_from_json(const struct json *json, struct arena *arena, struct host_facts *facts,
			  struct err *err)
{
	struct host_facts read = {0};
	const struct json *walls = json_get(json, "walls");
	if (json_kind(json) != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "host: its facts must be an object");
	if (!get_text(json, "name", arena, &read.name, err) ||
	    !get_text(json, "os_name", arena, &read.os_name, err) ||
	    !get_text(json, "os_version", arena, &read.os_version, err) ||
	    !get_text(json, "kernel", arena, &read.kernel, err) ||
	    !get_text(json, "arch", arena, &read.arch, err) ||
	    !get_text(json, "agent_version", arena, &read.agent_version, err) ||
	    !get_list(json_get(json, "os"), OS_WORDS_MAX, arena, &read.os, &read.os_count, err) ||
	    !get_list(json_get(json, "addresses"), HOST_ADDRESSES_MAX, arena, &read.addresses,
		      &read.address_count, err) ||
	    !get_watch(json_get(json, "watch"), arena, &read.watch, err))
		return false;
	if (!is_name(read.name))
		return err_set(err, ERR_INPUT,
			       "host: \"name\" must be 1 to %d letters, digits, '-', '.' or '_'",
			       HOST_NAME_MAX_LEN);
	int64_t abi = json_int(walls, "landlock_abi", 0);
	read.landlock_abi = abi > 0 && abi < 1000 ? (unsigned)abi : 0;
	read.seccomp = json_truth(walls, "seccomp", false);
	*facts = read;
	return true;
}

/* The value of an os-release(5) line: quotes of either kind go, backslash escapes inside double
 * ones too. */
static struct text unquote(struct text value, struct arena *arena)
{
	value = text_trim(value);
	if (value.len < 2 || (value.at[0] != '"' && value.at[0] != '\'') ||
	    value.at[value.len - 1] != value.at[0])
		return arena_text(arena, value);
	char *out = arena_get(arena, 1, value.len);
	size_t len = 0;
	for (size_t i = 1; i + 1 < value.len; i++) {
		if (value.at[0] == '"' && value.at[i] == '\\' && i + 2 < value.len)
			i++;
		out[len++] = value.at[i];
	}
	return (struct text){out, len};
}

static void add_os(struct text *os, size_t *count, struct text word)
{
	for (size_t i = 0; i < *count; i++)
		if (text_is_equal(os[i], word))
			return;
	if (*count < OS_WORDS_MAX && word.len > 0 && word.len <= HOST_FACT_MAX)
		os[(*count)++] = word;
}

void host_facts_from_os_release(struct text os_release, struct arena *arena,
				struct host_facts *facts)
{
	struct text line, key, id = {0}, like = {0}, word;
	struct text *os = arena_get(arena, OS_WORDS_MAX, sizeof(*os));
	facts->os_count = 0;
	add_os(os, &facts->os_count, TEXT("linux"));
	while (text_next(&os_release, '\n', &line)) {
		struct text value = text_trim(line);
		if (!text_next(&value, '=', &key))
			continue;
		if (text_is(key, "ID"))
			id = unquote(value, arena);
		else if (text_is(key, "ID_LIKE"))
			like = unquote(value, arena);
		else if (text_is(key, "VERSION_ID"))
			facts->os_version = unquote(value, arena);
		else if (text_is(key, "PRETTY_NAME"))
			facts->os_name = unquote(value, arena);
	}
	add_os(os, &facts->os_count, id);
	while (text_word(&like, &word))
		add_os(os, &facts->os_count, word);
	facts->os = os;
}

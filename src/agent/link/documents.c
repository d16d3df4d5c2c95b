#include "agent/link/documents.h"

#include <string.h>

#include "base/log.h"
#include "format/digest.h"
#include "os/folder.h"

#define FILE_NAME "documents.json"
#define NAME_MAX_LEN 256

void documents_end(struct documents *documents)
{
	json_free(&documents->held);
}

size_t documents_count(const struct documents *documents)
{
	return json_count(documents->held);
}

/* The whole file; an empty list when there is none. */
static struct json *read_file(int folder, struct err *err)
{
	struct buf text = {0};
	bool found = false;
	struct json *list = NULL;
	if (folder_read(folder, FILE_NAME, DOCUMENTS_BYTES_MAX, &text, &found, err))
		list = found ? json_parse(buf_view(&text), err) : json_new_list();
	buf_end(&text);
	return list;
}

/* Notes names and digests of a full list. */
static void note(struct documents *documents, const struct json *full)
{
	struct buf all = {0};
	json_free(&documents->held);
	documents->held = json_new_list();
	for (size_t i = 0; i < json_count(full); i++) {
		const struct json *one = json_at(full, i);
		struct json *head = json_new_object();
		json_put_text(head, "name", json_text(one, "name"));
		json_put_int(head, "revision", json_int(one, "revision", 0));
		json_put_text(head, "sha256", json_text(one, "sha256"));
		json_add(documents->held, head);
		buf_print(&all, "%zu:", json_text(one, "name").len);
		buf_text(&all, json_text(one, "name"));
		buf_text(&all, json_text(one, "sha256"));
	}
	digest_hex(buf_view(&all), documents->digest);
	buf_end(&all);
}

static bool is_sound(const struct json *one)
{
	char digest[65];
	struct text name = json_text(one, "name"), text = json_text(one, "text");
	if (name.len == 0 || name.len > NAME_MAX_LEN || !text.at)
		return false;
	digest_hex(text, digest);
	return text_is(json_text(one, "sha256"), digest);
}

static bool all_sound(const struct json *list)
{
	bool sound = json_kind(list) == JSON_LIST && json_count(list) <= DOCUMENTS_MAX;
	for (size_t i = 0; sound && i < json_count(list); i++)
		sound = is_sound(json_at(list, i));
	return sound;
}

bool documents_load(int folder, struct documents *documents, struct err *err)
{
	*documents = (struct documents){0};
	struct json *list = read_file(folder, err);
	if (!list && err->kind == ERR_SYSTEM)
		return false;
	if (!all_sound(list)) {
		log_write(LOG_WARN, "link", FILE_NAME " is damaged; the server will send it again");
		*err = (struct err){0};
		json_free(&list);
		list = json_new_list();
	}
	note(documents, list);
	json_free(&list);
	return true;
}

/* The text of the document with this digest among those that we have. */
static struct text find_text(const struct json *have, struct text sha256)
{
	for (size_t i = 0; i < json_count(have); i++)
		if (text_is_equal(json_text(json_at(have, i), "sha256"), sha256))
			return json_text(json_at(have, i), "text");
	return (struct text){0};
}

/* The list with every text in its place. */
static struct json *fill(const struct json *list, const struct json *have, struct err *err)
{
	struct json *full = json_new_list();
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		struct text sha256 = json_text(one, "sha256"), text = json_text(one, "text");
		struct json *whole = json_new_object();
		json_put_text(whole, "name", json_text(one, "name"));
		json_put_int(whole, "revision", json_int(one, "revision", 0));
		json_put_text(whole, "sha256", sha256);
		json_put_text(whole, "text", text.at ? text : find_text(have, sha256));
		json_add(full, whole);
	}
	if (all_sound(full))
		return full;
	json_free(&full);
	err_set(err, ERR_INPUT,
		"the server assigns documents without a name, text or the right digest");
	return NULL;
}

bool documents_assign(int folder, struct documents *documents, const struct json *list,
		      bool *changed, struct err *err)
{
	if (json_kind(list) != JSON_LIST || json_count(list) > DOCUMENTS_MAX)
		return err_set(err, ERR_INPUT, "the server assigns no list of up to %d documents",
			       DOCUMENTS_MAX);
	struct err unread = {0}; /* a damaged file is as good as none */
	struct json *have = read_file(folder, &unread);
	struct json *full = fill(list, have, err);
	json_free(&have);
	if (!full)
		return false;
	char before[DOCUMENTS_DIGEST_SIZE];
	memcpy(before, documents->digest, sizeof(before));
	struct buf text = {0};
	json_write(full, &text);
	bool done = folder_write(folder, FILE_NAME, buf_view(&text), 0600, err);
	if (done)
		note(documents, full);
	*changed = done && strcmp(before, documents->digest) != 0;
	buf_end(&text);
	json_free(&full);
	return done;
}

bool documents_texts(int folder, struct buf *out, struct err *err)
{
	struct json *have = read_file(folder, err);
	if (!have)
		return false;
	struct json *texts = json_new_list();
	for (size_t i = 0; i < json_count(have); i++) {
		struct json *one = json_new_object();
		json_put_text(one, "name", json_text(json_at(have, i), "name"));
		json_put_text(one, "text", json_text(json_at(have, i), "text"));
		json_add(texts, one);
	}
	json_write(texts, out);
	json_free(&texts);
	json_free(&have);
	return true;
}

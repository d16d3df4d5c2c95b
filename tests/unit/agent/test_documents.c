#include "agent/link/documents.h"

#include <string.h>

#include "format/digest.h"
#include "os/folder.h"
#include "unit.h"

static int make_folder(void)
{
	struct err err = {0};
	int folder = folder_open(unit_tmpdir(), &err);
	assert_true(folder >= 0);
	return folder;
}

/* text NULL: left out, as the server does when we hold it. */
static void add(struct json *list, const char *name, const char *text, bool with_text)
{
	char digest[65];
	struct json *one = json_new_object();
	digest_hex(text_of(text), digest);
	json_put_cstr(one, "name", name);
	json_put_int(one, "revision", 1);
	json_put_cstr(one, "sha256", digest);
	if (with_text)
		json_put_cstr(one, "text", text);
	json_add(list, one);
}

static bool assign(int folder, struct documents *documents, struct json *list, bool *changed)
{
	struct err err = {0};
	bool done = documents_assign(folder, documents, list, changed, &err);
	if (!done)
		assert_int_equal(err.kind, ERR_INPUT);
	json_free(&list);
	return done;
}

static struct documents load(int folder)
{
	struct err err = {0};
	struct documents documents;
	assert_true(documents_load(folder, &documents, &err));
	return documents;
}

static char *texts(int folder)
{
	struct err err = {0};
	struct buf out = {0};
	assert_true(documents_texts(folder, &out, &err));
	char *copy = (char *)(uintptr_t)unit_text("%s", out.at);
	buf_end(&out);
	return copy;
}

test(what_is_assigned_is_kept_over_a_restart)
{
	int folder = make_folder();
	bool changed = false;
	struct documents documents = load(folder);
	assert_int_equal(documents_count(&documents), 0);
	struct json *list = json_new_list();
	add(list, "system", "policy: system\n", true);
	assert_true(assign(folder, &documents, list, &changed));
	assert_true(changed);
	documents_end(&documents);
	documents = load(folder);
	assert_int_equal(documents_count(&documents), 1);
	assert_string_equal(texts(folder),
			    "[{\"name\":\"system\",\"text\":\"policy: system\\n\"}]");
	documents_end(&documents);
	folder_close(&folder);
}

test(a_text_that_is_left_out_is_the_one_that_we_hold)
{
	int folder = make_folder();
	bool changed = false;
	struct documents documents = load(folder);
	struct json *list = json_new_list();
	add(list, "a", "one", true);
	assert_true(assign(folder, &documents, list, &changed));
	list = json_new_list();
	add(list, "a", "one", false);
	assert_true(assign(folder, &documents, list, &changed));
	assert_false(changed);
	list = json_new_list();
	add(list, "a", "one", false);
	add(list, "b", "two", true);
	assert_true(assign(folder, &documents, list, &changed));
	assert_true(changed);
	assert_string_equal(
		texts(folder),
		"[{\"name\":\"a\",\"text\":\"one\"},{\"name\":\"b\",\"text\":\"two\"}]");
	documents_end(&documents);
	folder_close(&folder);
}

test(what_is_not_listed_any_more_goes)
{
	int folder = make_folder();
	bool changed = false;
	struct documents documents = load(folder);
	struct json *list = json_new_list();
	add(list, "a", "one", true);
	assert_true(assign(folder, &documents, list, &changed));
	assert_true(assign(folder, &documents, json_new_list(), &changed));
	assert_true(changed);
	assert_int_equal(documents_count(&documents), 0);
	assert_string_equal(texts(folder), "[]");
	documents_end(&documents);
	folder_close(&folder);
}

test(a_wrong_assignment_changes_nothing)
{
	int folder = make_folder();
	bool changed = false;
	struct documents documents = load(folder);
	struct json *list = json_new_list();
	add(list, "a", "one", true);
	assert_true(assign(folder, &documents, list, &changed));
	list = json_new_list();
	add(list, "b", "two", false); /* we don't hold it */
	assert_false(assign(folder, &documents, list, &changed));
	list = json_new_list();
	add(list, "", "two", true);
	assert_false(assign(folder, &documents, list, &changed));
	list = json_new_list();
	add(list, "b", "two", true);
	struct json *other = json_copy(json_at(list, 0));
	json_put_cstr(other, "text", "changed on the way");
	json_add(list, other);
	assert_false(assign(folder, &documents, list, &changed));
	assert_false(assign(folder, &documents, json_new_object(), &changed));
	assert_int_equal(documents_count(&documents), 1);
	assert_string_equal(texts(folder), "[{\"name\":\"a\",\"text\":\"one\"}]");
	documents_end(&documents);
	folder_close(&folder);
}

test(a_damaged_file_is_an_empty_assignment)
{
	static const char *const damaged[] = {"", "[", "{}", "[{\"name\":\"a\"}]",
					      "[{\"name\":\"a\",\"text\":\"x\",\"sha256\":\"y\"}]"};
	int folder = make_folder();
	for (size_t i = 0; i < array_len(damaged); i++) {
		struct err err = {0};
		assert_true(
			folder_write(folder, "documents.json", text_of(damaged[i]), 0600, &err));
		struct documents documents = load(folder);
		assert_int_equal(documents_count(&documents), 0);
		documents_end(&documents);
	}
	folder_close(&folder);
}

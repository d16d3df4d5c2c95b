#include "agent/link/news.h"

#include <string.h>

#include "os/folder.h"
#include "unit.h"

static int open_folder(void)
{
	struct err err = {0};
	int folder = folder_open(unit_text("%s/spool", unit_tmpdir()), &err);
	assert_true(folder >= 0);
	return folder;
}

static struct news *make(int folder)
{
	struct err err = {0};
	struct news *news = news_new(folder, 0, &err);
	assert_non_null(news);
	return news;
}

static void take_text(struct news *news, const char *text)
{
	struct err err = {0};
	struct json *json = json_parse(text_of(text), &err);
	assert_non_null(json);
	news_take(news, json);
	json_free(&json);
}

static bool is_news(struct news *news, const char *text, bool aged)
{
	struct err err = {0};
	struct json *json = json_parse(text_of(text), &err);
	assert_non_null(json);
	bool is_item = false;
	const struct news_item item = {.number = 5, .aged = aged, .json = json};
	assert_true(news_take_item(news, &item, &is_item, &err));
	json_free(&json);
	return is_item;
}

static const char *begin(struct news *news)
{
	struct buf part = {0};
	news_begin(news, &part);
	const char *text = unit_text("%s", part.at);
	buf_end(&part);
	return text;
}

static const char *begin_all(struct news *news, const char *digest, bool again)
{
	struct buf part = {0};
	news_begin_all(news, digest, again, &part);
	const char *text = unit_text("%s", part.at);
	buf_end(&part);
	return text;
}

static void begin_scope(struct news *news)
{
	(void)begin_all(news, "d1", false);
}

test(what_changes_waits_until_it_was_judged)
{
	struct err err = {0};
	int folder = open_folder();
	struct news *news = make(folder);
	begin_scope(news);
	assert_false(news_is_due(news));
	take_text(news, "{\"scope\":1,\"checks\":\"7 2 \",\"aged\":\"3 7 \"}");
	assert_true(news_is_due(news));
	assert_string_equal(begin(news), "{\"scope\":1,\"aged\":\"3 \",\"checks\":\"2 7 \"}");
	assert_false(news_is_due(news));
	take_text(news, "{\"scope\":1,\"checks\":\"2\",\"aged\":\"\"}"); /* meanwhile */
	assert_true(news_done(news, &err));
	assert_string_equal(begin(news), "{\"scope\":1,\"aged\":\"\",\"checks\":\"2 \"}");
	news_free(&news);
	folder_close(&folder);
}

test(a_run_that_failed_is_due_again)
{
	int folder = open_folder();
	struct news *news = make(folder);
	begin_scope(news);
	take_text(news, "{\"scope\":1,\"checks\":\"5\"}");
	(void)begin(news);
	assert_true(is_news(news, "{\"id\":\"a1\",\"status\":\"pass\"}", false));
	take_text(news, "{\"scope\":1,\"aged\":\"5 6\"}");
	news_failed(news);
	assert_string_equal(begin(news), "{\"scope\":1,\"aged\":\"6 \",\"checks\":\"5 \"}");
	assert_true(is_news(news, "{\"id\":\"a1\",\"status\":\"pass\"}", false));
	news_free(&news);
	folder_close(&folder);
}

test(numbers_of_an_older_scope_are_void)
{
	int folder = open_folder();
	struct news *news = make(folder);
	begin_scope(news);
	begin_scope(news);
	take_text(news, "{\"scope\":1,\"checks\":\"5\"}");
	take_text(news, "{\"checks\":\"5\"}");
	take_text(news, "{\"scope\":2,\"checks\":17}");
	assert_false(news_is_due(news));
	news_free(&news);
	folder_close(&folder);
}

test(nonsense_or_too_much_has_everything_judged_again)
{
	int folder = open_folder();
	struct news *news = make(folder);
	begin_scope(news);
	take_text(news, "{\"scope\":1,\"checks\":\"5 x\"}");
	assert_string_equal(begin(news), "{\"scope\":2,\"again\":true}");
	take_text(news, "{\"scope\":2,\"checks\":\"4000000000\"}");
	assert_string_equal(begin(news), "{\"scope\":3,\"again\":true}");
	news_failed(news);
	assert_string_equal(begin(news), "{\"scope\":4,\"again\":true}");
	news_free(&news);
	folder_close(&folder);
}

#define ITEM(status, reason)                                            \
	"{\"id\":\"a1\",\"status\":\"" status "\",\"reason\":\"" reason \
	"\",\"evidence\":[],\"utctimestamp\":\"2026-11-24T08:14:04.239651Z\"}"

test(only_what_says_something_else_is_news)
{
	struct err err = {0};
	int folder = open_folder();
	struct news *news = make(folder);
	assert_true(is_news(news, ITEM("fail", "3 days"), false));
	assert_false(is_news(news, ITEM("fail", "3 days"), false));
	assert_false(is_news(news, ITEM("fail", "4 days"), true)); /* it only aged */
	assert_true(is_news(news, ITEM("fail", "4 days"), false));
	assert_true(is_news(news, ITEM("pass", "5 days"), true));
	assert_true(news_done(news, &err));
	news_free(&news);
	news = make(folder); /* after a restart */
	assert_false(is_news(news, ITEM("pass", "5 days"), false));
	assert_true(is_news(news, ITEM("fail", "5 days"), false));
	news_free(&news);
	folder_close(&folder);
}

test(what_is_kept_never_claims_what_is_not_so)
{
	struct err err = {0};
	int folder = open_folder();
	struct news *news = make(folder);
	assert_true(is_news(news, ITEM("fail", "x"), false));
	assert_true(news_done(news, &err));
	assert_true(is_news(news, ITEM("pass", "x"), false)); /* sent; then we are killed */
	struct news *again = make(folder);
	assert_true(is_news(again, ITEM("fail", "x"), false)); /* and it became false again */
	news_free(&again);
	news_free(&news);
	folder_close(&folder);
}

test(a_damaged_file_counts_as_nothing_sent)
{
	static const char *const texts[] = {
		"",           "{",
		"[1]",        "{\"a1\":\"pass\"}",
		"{\"a1\":7}", "{\"a1\":\"pass passpasspasspass passpass\"}"};
	struct err err = {0};
	int folder = open_folder();
	for (size_t i = 0; i < array_len(texts); i++) {
		assert_true(folder_write(folder, "sent.json", text_of(texts[i]), 0600, &err));
		struct news *news = make(folder);
		assert_true(is_news(news, ITEM("pass", "x"), false));
		news_free(&news);
	}
	folder_close(&folder);
}

test(a_later_run_of_the_same_documents_proves_the_watch)
{
	struct err err = {0};
	int folder = open_folder();
	struct news *news = make(folder);
	assert_string_equal(begin_all(news, "d1", false), "{\"scope\":1}");
	news_failed(news); /* the scope is not known to the watch */
	assert_string_equal(begin_all(news, "d1", false), "{\"scope\":2}");
	assert_true(news_done(news, &err));
	assert_string_equal(begin_all(news, "d1", false), "{\"scope\":2,\"proof\":true}");
	news_failed(news); /* which says nothing of the scope */
	assert_string_equal(begin_all(news, "d1", false), "{\"scope\":2,\"proof\":true}");
	assert_true(news_done(news, &err));
	assert_string_equal(begin_all(news, "d2", false), "{\"scope\":3}"); /* others */
	assert_true(news_done(news, &err));
	assert_string_equal(begin_all(news, "d2", true), "{\"scope\":4,\"again\":true}");
	assert_true(news_done(news, &err));
	take_text(news, "{\"scope\":4,\"again\":true}"); /* the watch lost count */
	assert_string_equal(begin_all(news, "d2", false), "{\"scope\":5}");
	news_free(&news);
	folder_close(&folder);
}

test(a_proof_judges_what_waits)
{
	struct err err = {0};
	int folder = open_folder();
	struct news *news = make(folder);
	begin_scope(news);
	assert_true(news_done(news, &err));
	take_text(news, "{\"scope\":1,\"checks\":\"5 \"}");
	(void)begin_all(news, "d1", false);
	assert_false(news_is_due(news));
	news_failed(news);
	assert_string_equal(begin(news), "{\"scope\":1,\"aged\":\"\",\"checks\":\"5 \"}");
	news_free(&news);
	folder_close(&folder);
}

/* What the watch tells, the item then, and the item of the daily run; number 5 is theirs. */
test(the_daily_run_finds_what_was_not_told)
{
	static const struct {
		const char *what, *told, *item;
		bool aged;
		const char *proof;
		bool suspect;
	} table[] = {
		{"nothing told, nothing new", NULL, NULL, false, ITEM("pass", "3 days"), false},
		{"nothing told, another status", NULL, NULL, false, ITEM("fail", "3 days"), true},
		{"nothing told, another reason", NULL, NULL, false, ITEM("pass", "4 days"), true},
		{"it ages, a while later", "{\"scope\":1,\"aged\":\"5 \"}", ITEM("pass", "4 days"),
		 true, ITEM("pass", "5 days"), false},
		{"told before, as it was", "{\"scope\":1,\"checks\":\"5 \"}",
		 ITEM("pass", "3 days"), false, ITEM("fail", "3 days"), true},
		{"told, and the same since", "{\"scope\":1,\"checks\":\"5 \"}",
		 ITEM("fail", "3 days"), false, ITEM("fail", "3 days"), false},
		{"told, not judged yet", "{\"scope\":1,\"checks\":\"5 \"}", NULL, false,
		 ITEM("fail", "3 days"), false},
		{"what it depends on is new, that is all", "{\"scope\":1,\"fresh\":\"5 \"}", NULL,
		 false, ITEM("fail", "3 days"), true},
		{"of an older scope", "{\"scope\":0,\"checks\":\"5 \"}", NULL, false,
		 ITEM("fail", "3 days"), true},
		{"another check", "{\"scope\":1,\"checks\":\"4 6 \"}", NULL, false,
		 ITEM("fail", "3 days"), true},
	};
	for (size_t i = 0; i < array_len(table); i++) {
		struct err err = {0};
		int folder = open_folder();
		assert_true(folder_remove(folder, "sent.json", &err));
		struct news *news = make(folder);
		begin_scope(news);
		(void)is_news(news, ITEM("pass", "3 days"), false);
		assert_true(news_done(news, &err));
		if (table[i].told)
			take_text(news, table[i].told);
		if (table[i].item) {
			(void)begin(news);
			(void)is_news(news, table[i].item, table[i].aged);
			assert_true(news_done(news, &err));
		}
		assert_non_null(strstr(begin_all(news, "d1", false), "proof"));
		(void)is_news(news, table[i].proof, false);
		assert_true(news_done(news, &err));
		bool suspect = news_look(news, 0, INT64_MAX) < INT64_MAX;
		if (suspect != table[i].suspect)
			fail_msg("%s: %d", table[i].what, suspect);
		news_free(&news);
		folder_close(&folder);
	}
}

test(a_daily_run_that_failed_takes_no_proof_away)
{
	struct err err = {0};
	int folder = open_folder();
	struct news *news = make(folder);
	begin_scope(news);
	(void)is_news(news, ITEM("pass", "x"), false);
	assert_true(news_done(news, &err));
	(void)begin_all(news, "d1", false);
	news_failed(news); /* before the item came */
	(void)begin_all(news, "d1", false);
	assert_true(is_news(news, ITEM("fail", "x"), false));
	assert_true(news_done(news, &err));
	assert_true(news_look(news, 7, INT64_MAX) < INT64_MAX);
	news_free(&news);
	folder_close(&folder);
}

test(what_a_failed_run_may_not_have_sent_is_not_kept)
{
	struct err err = {0};
	int folder = open_folder();
	struct news *news = make(folder);
	assert_true(is_news(news, ITEM("fail", "x"), false));
	news_failed(news);
	assert_true(news_done(news, &err)); /* of a run of other checks */
	news_free(&news);
	news = make(folder);
	assert_true(is_news(news, ITEM("fail", "x"), false));
	news_free(&news);
	folder_close(&folder);
}

test(what_was_not_told_in_time_has_everything_judged_again)
{
	struct err err = {0};
	const int64_t grace_us = DEFECT_GRACE_S * INT64_C(1000000);
	int folder = open_folder();
	struct news *news = make(folder);
	begin_scope(news);
	(void)is_news(news, ITEM("pass", "x"), false);
	assert_true(news_done(news, &err));
	(void)begin_all(news, "d1", false);
	(void)is_news(news, ITEM("fail", "x"), false);
	assert_true(news_done(news, &err));
	assert_true(news_look(news, 7, 50) == 50);
	assert_true(news_look(news, 8, INT64_MAX) == grace_us - 1);
	assert_false(news_is_due(news));
	assert_true(news_look(news, 7 + grace_us, 60) == 60);
	assert_true(news_is_due(news));
	assert_string_equal(begin(news), "{\"scope\":2,\"again\":true}");
	assert_false(is_news(news, ITEM("fail", "x"), false));
	assert_true(news_done(news, &err));
	struct json *json = json_new_object();
	defects_put(news_defects(news), json);
	assert_int_equal(json_int(json, "defects", 0), 1);
	json_free(&json);
	news_free(&news);
	folder_close(&folder);
}

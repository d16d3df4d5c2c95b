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
	struct news *news = news_new(folder, &err);
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
	assert_true(news_take_item(news, json, aged, &is_item, &err));
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

static void begin_scope(struct news *news)
{
	struct buf part = {0};
	news_begin_scope(news, false, &part);
	buf_end(&part);
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

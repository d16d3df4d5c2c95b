#include "server/alert/alert.h"

#include <string.h>

#include "base/time.h"
#include "format/json.h"
#include "unit.h"

static struct alert_change failing(void)
{
	return (struct alert_change){.agent = TEXT("a1"),
				     .target = TEXT("web1"),
				     .item = TEXT("i1"),
				     .policy = TEXT("system"),
				     .ref = TEXT("ssh1"),
				     .name = TEXT("root login is off"),
				     .reason = TEXT("PermitRootLogin is yes"),
				     .level = LEVEL_MEDIUM,
				     .required = LEVEL_HIGH,
				     .met = true,
				     .meets = false,
				     .from = STATUS_PASS,
				     .to = STATUS_FAIL,
				     .at_us = TIME_DAY_US};
}

test(a_lost_level_is_told)
{
	struct alert_words words;
	struct err err = {0};
	const struct alert_change change = failing();
	const struct alert_told told = {&change, false, false};
	alert_say(&told, 1, TIME_DAY_US, &words);
	assert_string_equal(words.subject.at,
			    "web1 no longer meets high: root login is off, fail, was pass");
	assert_non_null(strstr(words.body.at, "1970-01-02T00:00:00Z  system/ssh1 (medium)  root "
					      "login is off: fail, was pass: "
					      "PermitRootLogin is yes\n"));
	assert_true(words.bad);
	struct json *json = json_parse(buf_view(&words.json), &err);
	assert_non_null(json);
	assert_true(text_is(json_text(json, "target"), "web1"));
	assert_true(text_is(json_text(json_at(json_get(json, "changes"), 0), "to"), "fail"));
	json_free(&json);
	alert_words_end(&words);
}

test(many_changes_are_one_alert)
{
	struct alert_words words;
	struct alert_change changes[ALERT_CHANGES_MAX + 5];
	struct alert_told told[array_len(changes)];
	for (size_t i = 0; i < array_len(changes); i++) {
		changes[i] = failing();
		changes[i].met = i == 0;
		told[i] = (struct alert_told){&changes[i], false, false};
	}
	alert_say(told, array_len(told), 0, &words);
	assert_string_equal(words.subject.at, "web1 no longer meets high: 25 checks changed");
	assert_non_null(strstr(words.body.at, "and 5 more\n"));
	alert_words_end(&words);
}

test(who_wants_to_know)
{
	static const struct {
		enum status from, to;
		enum level required;
		bool met, meets, on_level, on_change;
	} table[] = {
		{STATUS_PASS, STATUS_FAIL, LEVEL_HIGH, true, false, true, true},
		{STATUS_FAIL, STATUS_PASS, LEVEL_HIGH, false, true, true, true},
		{STATUS_PASS, STATUS_FAIL, LEVEL_LOW, true, true, false, true},
		{STATUS_PASS, STATUS_FAIL, LEVEL_NONE, false, false, true, true},
		{STATUS_PASS, STATUS_UNKNOWN, LEVEL_NONE, false, false, true, true},
		{STATUS_FAIL, STATUS_WAIVED, LEVEL_NONE, false, false, true, true},
		{STATUS_FAIL, STATUS_ERROR, LEVEL_NONE, false, false, false, false},
		{STATUS_PASS, STATUS_NOT_APPLICABLE, LEVEL_NONE, false, false, false, false},
		{STATUS_PENDING, STATUS_FAIL, LEVEL_HIGH, true, false, false, false},
	};
	for (size_t i = 0; i < array_len(table); i++) {
		const struct alert_change change = {.from = table[i].from,
						    .to = table[i].to,
						    .required = table[i].required,
						    .met = table[i].met,
						    .meets = table[i].meets};
		if (alert_wants(&change, ALERT_ON_LEVEL) != table[i].on_level ||
		    alert_wants(&change, ALERT_ON_CHANGE) != table[i].on_change)
			fail_msg("row %zu", i);
	}
}

test(ways_that_cannot_be_gone_are_refused)
{
	static const struct {
		struct courier_ways ways;
		const char *error;
	} table[] = {
		{{"ftp://x", "", "", "", "", ""},
		 "alert_webhook is \"ftp://x\"; write https://HOST/PATH, or empty"},
		{{"", "mail.example.net", "a@b.c", "d@e.f", "", ""},
		 "alert_mail_server is \"mail.example.net\"; write smtp://HOST:25 or smtps://HOST, "
		 "or leave alert_mail_to empty, too"},
		{{"", "smtp://m", "a@b.c", "d e@f", "", ""},
		 "alert_mail_to is \"d e@f\"; write 1 to 16 addresses with commas between them"},
		{{"", "smtp://m", "a", "d@e.f, g@h.i", "", ""},
		 "alert_mail_from is \"a\"; write one address"},
		{{"", "", "", "", "host:514", ""},
		 "alert_syslog: it is \"host:514\"; write udp://HOST:514 or tcp://HOST:514"},
		{{"", "", "", "", "udp://host", ""},
		 "alert_syslog: give HOST:PORT, a port from 1 to 65535"},
	};
	for (size_t i = 0; i < array_len(table); i++) {
		struct err err = {0};
		assert_false(courier_check(&table[i].ways, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(err.text, table[i].error);
		assert_true(courier_has_ways(&table[i].ways));
	}
	struct err err = {0};
	const struct courier_ways good = {"https://x/",  "smtps://m",       "a@b.c",
					  "d@e.f,g@h.i", "tcp://[::1]:514", "h"};
	assert_true(courier_check(&good, &err));
	const struct courier_ways none = {"", "", "", "", "", ""};
	assert_true(courier_check(&none, &err));
	assert_false(courier_has_ways(&none));
}

test(syslog_gets_one_safe_line)
{
	scoped(buf_end) struct buf line = {0};
	const struct courier_alert alert = {.subject = TEXT("a\nb"), .bad = true};
	courier_put_syslog(&alert, 0, TEXT("srv"), &line);
	assert_string_equal(line.at,
			    "<108>1 1970-01-01T00:00:00.000000Z srv muster - compliance - a\\x0ab");
}

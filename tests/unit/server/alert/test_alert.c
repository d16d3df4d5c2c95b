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
	alert_say(&told, 1, TIME_DAY_US + 2100000, &words);
	assert_string_equal(words.subject.at, "web1 no longer meets high: root login is off, fail, "
					      "was pass, since 2 s ago");
	assert_non_null(strstr(words.body.at, "1970-01-02T00:00:00Z  system/ssh1 (medium)  root "
					      "login is off: fail, was pass: "
					      "PermitRootLogin is yes\n"));
	assert_true(words.bad);
	struct json *json = json_parse(buf_view(&words.json), &err);
	assert_non_null(json);
	assert_true(text_is(json_text(json, "target"), "web1"));
	const struct json *entry = json_at(json_get(json, "changes"), 0);
	assert_true(text_is(json_text(entry, "to"), "fail"));
	assert_null(json_get(entry, "by"));
	json_free(&json);
	alert_words_end(&words);
}

static const struct actor vi = {812, 1000, 1000, TEXT("vi"), TEXT("vi /etc/ssh/sshd_config")};

test(who_did_it_is_told)
{
	struct alert_words words;
	struct err err = {0};
	struct alert_change change = failing();
	const struct alert_told told = {&change, false, false};
	change.by = &vi;
	alert_say(&told, 1, TIME_DAY_US + 2000000, &words);
	assert_string_equal(words.subject.at, "web1 no longer meets high: root login is off, fail, "
					      "was pass, since 2 s ago, by uid 1000 with vi");
	assert_non_null(strstr(words.body.at,
			       "PermitRootLogin is yes\n                      by uid "
			       "1000 with vi: vi /etc/ssh/sshd_config\n"));
	scoped(json_free) struct json *json = json_parse(buf_view(&words.json), &err);
	const struct json *by = json_get(json_at(json_get(json, "changes"), 0), "by");
	assert_true(text_is_equal(json_text(json, "text"), buf_view(&words.subject)));
	assert_true(text_is(json_text(by, "process"), "vi"));
	assert_true(text_is(json_text(by, "command"), "vi /etc/ssh/sshd_config"));
	assert_int_equal(json_int(by, "pid", -1), 812);
	assert_int_equal(json_int(by, "uid", -1), 1000);
	assert_int_equal(json_int(by, "login_uid", -1), 1000);
	alert_words_end(&words);
}

test(what_flaps_has_no_culprit_in_its_subject)
{
	static const struct {
		bool flaps, settled;
		const char *subject;
	} table[] = {
		{true, false,
		 "web1 no longer meets high: root login is off goes to and fro; you hear of it "
		 "again when it has settled"},
		{false, true, "web1 no longer meets high: root login is off has settled, fail"},
	};
	for (size_t i = 0; i < array_len(table); i++) {
		struct alert_words words;
		struct alert_change change = failing();
		const struct alert_told told = {&change, table[i].flaps, table[i].settled};
		change.by = &vi;
		alert_say(&told, 1, TIME_DAY_US, &words);
		assert_string_equal(words.subject.at, table[i].subject);
		assert_non_null(strstr(words.body.at, "by uid 1000 with vi: vi /etc/ssh"));
		alert_words_end(&words);
	}
}

/* One who made all of several changes is named, and none of several. */
test(several_changes_name_one_who_made_them_all)
{
	struct actor other = vi;
	other.pid = 813;
	const struct {
		const struct actor *by[3];
		const char *subject;
	} table[] = {
		{{&vi, &vi, &vi},
		 "web1 no longer meets high: 3 checks changed, since 1 min ago, by uid 1000 "
		 "with vi"},
		{{&vi, &vi, NULL}, "web1 no longer meets high: 3 checks changed, since 1 min ago"},
		{{NULL, &vi, &vi}, "web1 no longer meets high: 3 checks changed, since 1 min ago"},
		{{&vi, &other, &vi},
		 "web1 no longer meets high: 3 checks changed, since 1 min ago"},
	};
	for (size_t row = 0; row < array_len(table); row++) {
		struct alert_words words;
		struct alert_change changes[3];
		struct alert_told told[3];
		for (size_t i = 0; i < 3; i++) {
			changes[i] = failing();
			changes[i].by = table[row].by[i];
			changes[i].at_us -= i == 1 ? 60 * TIME_SECOND_US : 0;
			told[i] = (struct alert_told){&changes[i], false, false};
		}
		alert_say(told, 3, TIME_DAY_US + 40 * TIME_SECOND_US, &words);
		assert_string_equal(words.subject.at, table[row].subject);
		alert_words_end(&words);
	}
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
	assert_string_equal(words.subject.at,
			    "web1 no longer meets high: 25 checks changed, since 0 s ago");
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

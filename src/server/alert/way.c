#include "server/alert/way.h"

#include <string.h>

#include "base/time.h"
#include "net/dial.h"
#include "net/fetch.h"
#include "net/mail.h"
#include "net/syslog.h"

/* -------- webhook -------- */

static bool has_webhook(const struct courier_ways *ways)
{
	return *ways->webhook;
}

static bool check_webhook(const struct courier_ways *ways, struct err *err)
{
	struct text url = text_of(ways->webhook);
	return !has_webhook(ways) || text_starts(url, "https://") || text_starts(url, "http://") ||
	       err_set(err, ERR_INPUT,
		       "alert_webhook is \"%.100s\"; write https://HOST/PATH, or empty",
		       ways->webhook);
}

static bool send_webhook(const struct courier_ways *ways, const struct courier_alert *alert,
			 struct err *err)
{
	struct fetch_response response;
	const struct fetch_request request = {.method = "POST",
					      .url = ways->webhook,
					      .content_type = "application/json",
					      .body = alert->json,
					      .timeout_ms = COURIER_SPAN_MS,
					      .plain = true};
	if (!fetch(&request, &response, err))
		return false;
	buf_end(&response.body);
	return (response.status >= 200 && response.status < 300) ||
	       err_set(err, ERR_SYSTEM, "it answered with status %d", response.status);
}

/* -------- mail -------- */

static bool has_mail(const struct courier_ways *ways)
{
	return *ways->mail_server || *ways->mail_to;
}

/* The addresses of mail_to, each with a NUL behind it, in `kept`. */
static bool read_to(const struct courier_ways *ways, char *kept, size_t size, struct mail *mail)
{
	struct text rest = text_of(ways->mail_to), word;
	size_t len = 0;
	while (text_next(&rest, ',', &word)) {
		word = text_trim(word);
		if (!mail_is_address(word) || mail->to_count == MAIL_TO_MAX ||
		    len + word.len + 1 > size)
			return false;
		memcpy(kept + len, word.at, word.len);
		mail->to[mail->to_count++] = kept + len;
		len += word.len;
		kept[len++] = '\0';
	}
	return mail->to_count > 0;
}

static bool check_mail(const struct courier_ways *ways, struct err *err)
{
	char kept[MAIL_TO_MAX * 256];
	struct mail mail = {0};
	struct text server = text_of(ways->mail_server);
	if (!has_mail(ways))
		return true;
	if (!text_starts(server, "smtp://") && !text_starts(server, "smtps://"))
		return err_set(err, ERR_INPUT,
			       "alert_mail_server is \"%.100s\"; write smtp://HOST:25 or "
			       "smtps://HOST, or leave alert_mail_to empty, too",
			       ways->mail_server);
	if (!read_to(ways, kept, sizeof(kept), &mail))
		return err_set(err, ERR_INPUT,
			       "alert_mail_to is \"%.100s\"; write 1 to %d addresses with commas "
			       "between them",
			       ways->mail_to, MAIL_TO_MAX);
	return mail_is_address(text_of(ways->mail_from)) ||
	       err_set(err, ERR_INPUT, "alert_mail_from is \"%.100s\"; write one address",
		       ways->mail_from);
}

static bool send_mail(const struct courier_ways *ways, const struct courier_alert *alert,
		      struct err *err)
{
	char kept[MAIL_TO_MAX * 256];
	struct mail mail = {.server = ways->mail_server,
			    .from = ways->mail_from,
			    .subject = alert->subject,
			    .body = alert->body,
			    .now_us = time_now_us(),
			    .timeout_ms = COURIER_SPAN_MS};
	must(read_to(ways, kept, sizeof(kept), &mail)); /* check_mail saw to it */
	return mail_send(&mail, err);
}

/* -------- syslog -------- */

static bool has_syslog(const struct courier_ways *ways)
{
	return *ways->syslog;
}

static bool read_syslog(const struct courier_ways *ways, bool *tcp, struct dial_address *address,
			struct err *err)
{
	struct text text = text_of(ways->syslog);
	*tcp = text_starts(text, "tcp://");
	if (!*tcp && !text_starts(text, "udp://"))
		return err_set(err, ERR_INPUT,
			       "it is \"%.100s\"; write udp://HOST:514 or tcp://HOST:514",
			       ways->syslog);
	return dial_read((struct text){text.at + 6, text.len - 6}, address, err);
}

static bool check_syslog(const struct courier_ways *ways, struct err *err)
{
	bool tcp;
	struct dial_address address;
	return !has_syslog(ways) || read_syslog(ways, &tcp, &address, err) ||
	       err_add(err, "alert_syslog");
}

void courier_put_syslog(const struct courier_alert *alert, int64_t now_us, struct text host,
			struct buf *out)
{
	char when[TIME_TEXT_SIZE];
	time_put(now_us, when);
	unsigned facility = 13, severity = alert->bad ? 4 : 5; /* log audit; warning, notice */
	buf_print(out, "<%u>1 %s %.*s muster - compliance - ", facility * 8 + severity, when,
		  TEXT_ARG(host));
	buf_printable(out, alert->subject, SYSLOG_MESSAGE_MAX);
}

static bool send_syslog(const struct courier_ways *ways, const struct courier_alert *alert,
			struct err *err)
{
	bool tcp;
	struct dial_address address;
	scoped(buf_end) struct buf line = {0};
	if (!read_syslog(ways, &tcp, &address, err))
		return false;
	courier_put_syslog(alert, time_now_us(), text_of(ways->host), &line);
	return syslog_send(&address, tcp, buf_view(&line), COURIER_SPAN_MS, err);
}

const struct way ways_all[] = {
	{"webhook", has_webhook, check_webhook, send_webhook},
	{"mail", has_mail, check_mail, send_mail},
	{"syslog", has_syslog, check_syslog, send_syslog},
	{0},
};

bool ways_prepare(const struct courier_ways *ways, struct err *err)
{
	return (!has_webhook(ways) && !has_mail(ways)) || fetch_prepare(err);
}

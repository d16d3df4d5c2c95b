#include "net/mail.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"
#include "net/curl.h"

#define SUBJECT_MAX 200  /* bytes */
#define LINE_MAX_LEN 900 /* bytes of a line of the body; RFC 5321 allows 998 */

bool mail_is_address(struct text text)
{
	size_t marks = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c <= ' ' || c > '~' || strchr("<>,;:\\\"()[]", c))
			return false;
		marks += c == '@';
	}
	return marks == 1 && text.len > 2 && text.len < 255 && text.at[0] != '@' &&
	       text.at[text.len - 1] != '@';
}

static void put_date(struct buf *out, int64_t now_us)
{
	char text[TIME_MAIL_SIZE];
	time_put_mail(now_us, text);
	buf_print(out, "Date: %s\r\n", text);
}

/* The first line, without what could end a header; non-ASCII as an encoded word is left to SMTPUTF8
 * servers: others show it as it is. */
static void put_subject(struct buf *out, struct text subject)
{
	struct text line;
	if (!text_next(&subject, '\n', &line))
		line = subject;
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, line, SUBJECT_MAX);
	buf_print(out, "Subject: %.*s\r\n", (int)shown.len, shown.at ? shown.at : "");
}

static void put_body(struct buf *out, struct text body)
{
	struct text line;
	while (text_next(&body, '\n', &line)) {
		do {
			size_t len = line.len < LINE_MAX_LEN ? line.len : LINE_MAX_LEN;
			if (len > 0 && line.at[len - 1] == '\r')
				len--;
			buf_text(out, (struct text){line.at, len});
			buf_cstr(out, "\r\n");
			size_t taken = line.len < LINE_MAX_LEN ? line.len : LINE_MAX_LEN;
			line = (struct text){line.at + taken, line.len - taken};
		} while (line.len > 0);
	}
}

void mail_write(const struct mail *mail, struct buf *out)
{
	put_date(out, mail->now_us);
	buf_print(out, "From: <%s>\r\n", mail->from);
	for (size_t i = 0; i < mail->to_count; i++)
		buf_print(out, "%s<%s>%s", i == 0 ? "To: " : "\t", mail->to[i],
			  i + 1 < mail->to_count ? ",\r\n" : "\r\n");
	put_subject(out, mail->subject);
	buf_cstr(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n"
		      "\r\n");
	put_body(out, mail->body);
}

static size_t give(char *bytes, size_t size, size_t count, void *data)
{
	struct text *left = data;
	size_t len = left->len < size * count ? left->len : size * count;
	memcpy(bytes, left->at, len);
	*left = (struct text){left->at + len, left->len - len};
	return len;
}

static bool put_recipients(const struct curl *curl, const struct mail *mail,
			   struct curl_slist **list)
{
	for (size_t i = 0; i < mail->to_count; i++) {
		struct curl_slist *longer = curl->append(*list, mail->to[i]);
		if (!longer)
			return false;
		*list = longer;
	}
	return true;
}

static void put_options(const struct curl *curl, CURL *handle, const struct mail *mail,
			struct text *message)
{
	curl->set(handle, CURLOPT_URL, mail->server);
	curl->set(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl->set(handle, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
	curl->set(handle, CURLOPT_MAIL_FROM, mail->from);
	curl->set(handle, CURLOPT_UPLOAD, 1L);
	curl->set(handle, CURLOPT_READFUNCTION, give);
	curl->set(handle, CURLOPT_READDATA, message);
	curl->set(handle, CURLOPT_NOSIGNAL, 1L);
	curl->set(handle, CURLOPT_TIMEOUT_MS, (long)mail->timeout_ms);
}

bool mail_send(const struct mail *mail, struct err *err)
{
	struct curl curl;
	struct curl_slist *to = NULL;
	char detail[CURL_ERROR_SIZE] = "";
	scoped(buf_end) struct buf message = {0};
	if (!curl_load(&curl, err))
		return false;
	mail_write(mail, &message);
	struct text left = buf_view(&message);
	CURL *handle = curl.init();
	if (!handle)
		return err_set(err, ERR_SYSTEM, "cannot prepare a mail: libcurl does not start");
	put_options(&curl, handle, mail, &left);
	curl.set(handle, CURLOPT_ERRORBUFFER, detail);
	CURLcode code = CURLE_OUT_OF_MEMORY;
	if (put_recipients(&curl, mail, &to)) {
		curl.set(handle, CURLOPT_MAIL_RCPT, to);
		code = curl.perform(handle);
	}
	if (code != CURLE_OK)
		err_set(err, ERR_SYSTEM, "cannot mail by %s: %s", mail->server,
			detail[0] ? detail : curl.text(code));
	curl.free_list(to);
	curl.cleanup(handle);
	return code == CURLE_OK;
}

#include "vantage/tls/hsts.h"

#include "base/buf.h"
#include "base/time.h"

/* "max-age=31536000; includeSubDomains": the first of its directives of that name. */
static bool read_max_age(struct text value, int64_t *max_age_s)
{
	struct text directive, name;
	while (text_next(&value, ';', &directive)) {
		directive = text_trim(directive);
		if (!text_next(&directive, '=', &name) ||
		    !text_is_alike(text_trim(name), TEXT("max-age")))
			continue;
		struct text number = text_trim(directive);
		if (number.len >= 2 && number.at[0] == '"' && number.at[number.len - 1] == '"')
			number = (struct text){number.at + 1, number.len - 2};
		return text_to_i64(number, 0, INT64_MAX / TIME_SECOND_US, max_age_s);
	}
	return false;
}

enum hsts_answer hsts_read(struct text head, int64_t *max_age_s)
{
	static const char start[] = "HTTP/1.";
	struct text line, name, rest = head;
	size_t end;
	for (size_t i = 0; i < head.len && i < sizeof(start) - 1; i++)
		if (head.at[i] != start[i])
			return HSTS_NO_HTTP;
	bool whole = text_find(head, TEXT("\n\r\n"), &end) || text_find(head, TEXT("\n\n"), &end);
	if (!whole)
		return HSTS_MORE;
	rest.len = end;
	while (text_next(&rest, '\n', &line))
		if (text_next(&line, ':', &name) &&
		    text_is_alike(name, TEXT("Strict-Transport-Security")))
			return read_max_age(line, max_age_s) ? HSTS_SET : HSTS_UNSET;
	return HSTS_UNSET;
}

/* >0: bytes; 0: it has ended; <0: the deadline. */
static int receive(struct handshake *handshake, char *bytes, int size)
{
	const struct openssl *lib = openssl_get();
	for (;;) {
		int got = lib->SSL_read(handshake->ssl, bytes, size);
		int how = got > 0 ? SSL_ERROR_NONE : lib->SSL_get_error(handshake->ssl, got);
		if (got > 0)
			return got;
		if (how != SSL_ERROR_WANT_READ && how != SSL_ERROR_WANT_WRITE)
			return 0;
		if (!visit_wait(&handshake->visit, how == SSL_ERROR_WANT_WRITE))
			return -1;
	}
}

bool hsts_ask(struct handshake *handshake, const char *host, enum hsts_answer *answer,
	      int64_t *max_age_s, struct err *err)
{
	scoped(buf_end) struct buf request = {0}, head = {0};
	char bytes[2048];
	buf_print(&request,
		  "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: muster\r\nAccept: */*\r\n"
		  "Connection: close\r\n\r\n",
		  host);
	openssl_get()->ERR_clear_error();
	*answer = HSTS_NO_HTTP;
	if (openssl_get()->SSL_write(handshake->ssl, request.at, (int)request.len) <= 0)
		return true;
	for (;;) {
		int got = receive(handshake, bytes, sizeof(bytes));
		if (got < 0)
			return err_set(err, ERR_BUSY, "it does not finish its answer to HTTP");
		if (got == 0)
			return true;
		buf_add(&head, bytes, (size_t)got);
		*answer = hsts_read(buf_view(&head), max_age_s);
		if (*answer != HSTS_MORE)
			return true;
		*answer = HSTS_NO_HTTP;
		if (head.len > HSTS_HEAD_MAX)
			return err_set(err, ERR_LIMIT,
				       "the head of its answer to HTTP is longer than %d bytes",
				       HSTS_HEAD_MAX);
	}
}

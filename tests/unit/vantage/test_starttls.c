#include "vantage/tls/starttls.h"

#include <string.h>

#include "unit.h"

/* What a service says in turn, and what comes of the last of it. */
struct conversation {
	const char *protocol;
	struct text says[5];
	enum starttls_step last;
	const char *error; /* part of it; NULL: none */
};

static void talk(const struct conversation *conversation, size_t piece)
{
	struct err err = {0};
	struct text send, nothing = {0};
	scoped(starttls_free) struct starttls *starttls = starttls_new(conversation->protocol,
								       "mail.example");
	enum starttls_step step = starttls_take(starttls, nothing, &send, &err);
	for (size_t i = 0; i < 5 && conversation->says[i].at; i++) {
		struct text rest = conversation->says[i];
		while (rest.len > 0 && step != STARTTLS_WRONG) {
			size_t len = rest.len < piece ? rest.len : piece;
			step = starttls_take(starttls, (struct text){rest.at, len}, &send, &err);
			rest = (struct text){rest.at + len, rest.len - len};
		}
	}
	if (step != conversation->last ||
	    (conversation->error && !strstr(err.text, conversation->error)))
		fail_msg("%s in pieces of %zu: %d, %s", conversation->protocol, piece, step,
			 err.text);
}

static const struct conversation conversations[] = {
	{"smtp",
	 {TEXT("220-a\r\n220 a\r\n"), TEXT("250-a\r\n250 STARTTLS\r\n"), TEXT("220 go\r\n")},
	 STARTTLS_READY,
	 NULL},
	{"smtp", {TEXT("554 no\r\n")}, STARTTLS_WRONG, "does not speak smtp: it says \"554 no\""},
	{"smtp", {TEXT("SSH-2.0-x\r\n")}, STARTTLS_WRONG, "does not speak smtp"},
	{"smtp",
	 {TEXT("220 a\r\n"), TEXT("250 a\r\n"), TEXT("454 no TLS\r\n")},
	 STARTTLS_WRONG,
	 "does not begin TLS: 454 no TLS"},
	{"smtp", {TEXT("220 a")}, STARTTLS_MORE, NULL},
	{"imap", {TEXT("* OK a\r\n"), TEXT("* CAPABILITY a\r\na OK b\r\n")}, STARTTLS_READY, NULL},
	{"imap", {TEXT("* OK a\r\n"), TEXT("a BAD b\r\n")}, STARTTLS_WRONG, "a BAD b"},
	{"imap", {TEXT("* BYE a\r\n")}, STARTTLS_WRONG, "does not speak imap"},
	{"pop3", {TEXT("+OK a\r\n"), TEXT("+OK b\r\n")}, STARTTLS_READY, NULL},
	{"pop3", {TEXT("+OK a\r\n"), TEXT("-ERR b\r\n")}, STARTTLS_WRONG, "-ERR b"},
	{"ftp",
	 {TEXT("220-a\r\n230 \r\nx\r\n220 a\r\n"), TEXT("234 b\r\n")},
	 STARTTLS_WRONG,
	 "does not speak ftp"},
	{"ftp", {TEXT("220-a\r\n any\r\nx\r\n220 a\r\n"), TEXT("234 b\r\n")}, STARTTLS_READY, NULL},
	{"xmpp",
	 {TEXT("<?xml version='1.0'?><stream:stream><stream:features><starttls "
	       "xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"),
	  TEXT("<proceed xmlns='x'/>")},
	 STARTTLS_READY,
	 NULL},
	{"xmpp",
	 {TEXT("<stream:stream><stream:features></stream:features>")},
	 STARTTLS_WRONG,
	 "no starttls"},
	{"xmpp", {TEXT("220 a\r\n")}, STARTTLS_WRONG, "does not speak xmpp"},
	{"ldap",
	 {TEXT("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0")},
	 STARTTLS_READY,
	 NULL},
	{"ldap",
	 {TEXT("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\0\x04\0")},
	 STARTTLS_WRONG,
	 "answers with an error"},
	{"ldap",
	 {TEXT("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0")},
	 STARTTLS_WRONG,
	 "does not speak ldap"},
	{"ldap", {TEXT("\x30\x84\x01\x02\x03\x04")}, STARTTLS_WRONG, "does not speak ldap"},
	{"ldap", {TEXT("\x30\0")}, STARTTLS_WRONG, "does not speak ldap"},
	{"postgres", {TEXT("S")}, STARTTLS_READY, NULL},
	{"postgres", {TEXT("N")}, STARTTLS_WRONG, "TLS is off"},
	{"postgres", {TEXT("E")}, STARTTLS_WRONG, "does not speak postgres"},
	{"mysql",
	 {TEXT("\x27\0\0\0\x0a"
	       "8.0.1\0\1\0\0\0abcdefgh\0\xff\xff\x21\0\0\xff\xff\x15\0\0\0\0\0\0\0\0\0\0\0")},
	 STARTTLS_SEND,
	 NULL},
	{"mysql",
	 {TEXT("\x27\0\0\0\x0a"
	       "8.0.1\0\1\0\0\0abcdefgh\0\xff\xf7\x21\0\0\xff\xff\x15\0\0\0\0\0\0\0\0\0\0\0")},
	 STARTTLS_WRONG,
	 "offers no TLS"},
	{"mysql",
	 {TEXT("\x27\0\0\0\xff"
	       "8")},
	 STARTTLS_WRONG,
	 "does not speak mysql"},
	{"mysql",
	 {TEXT("\x10\0\0\0\x0a"
	       "aaaaaaaaaaaaaaa")},
	 STARTTLS_WRONG,
	 "does not speak mysql"},
};

test(conversations_come_to_their_end_in_whatever_pieces)
{
	for (size_t i = 0; i < array_len(conversations); i++)
		for (size_t piece = 1; piece < 300; piece += piece < 3 ? 1 : 97)
			talk(&conversations[i], piece);
}

test(whoever_goes_on_in_the_clear_is_refused)
{
	static const struct conversation pushy[] = {
		{"smtp",
		 {TEXT("220 a\r\n"), TEXT("250 a\r\n"), TEXT("220 go\r\nRCPT x\r\n")},
		 STARTTLS_WRONG,
		 "says more in the clear"},
		{"postgres", {TEXT("SELECT")}, STARTTLS_WRONG, "says more in the clear"},
	};
	for (size_t i = 0; i < array_len(pushy); i++)
		talk(&pushy[i], 1000);
}

test(whoever_never_ends_is_cut_off)
{
	struct err err = {0};
	struct text send, nothing = {0};
	scoped(starttls_free) struct starttls *starttls = starttls_new("smtp", "a");
	assert_int_equal(starttls_take(starttls, nothing, &send, &err), STARTTLS_MORE);
	enum starttls_step step = STARTTLS_MORE;
	for (int i = 0; i < 10000 && step == STARTTLS_MORE; i++)
		step = starttls_take(starttls, TEXT("220-a\r\n"), &send, &err);
	assert_int_equal(step, STARTTLS_WRONG);
	assert_int_equal(err.kind, ERR_LIMIT);
}

test(protocols_are_known_by_name)
{
	assert_true(starttls_is_known(TEXT("smtp")));
	assert_true(starttls_is_known(TEXT("mysql")));
	assert_false(starttls_is_known(TEXT("gopher")));
	assert_false(starttls_is_known(TEXT("")));
}

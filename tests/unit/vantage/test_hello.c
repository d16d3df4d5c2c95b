#include "vantage/tls/hello.h"

#include <string.h>

#include "unit.h"

/* A ServerHello with a session of so many bytes. */
static size_t make(unsigned char *at, size_t session)
{
	size_t body = 38 + session;
	memset(at, 0, 5 + 4 + body);
	at[0] = 22;
	at[1] = 3;
	at[4] = (unsigned char)(4 + body);
	at[5] = 2;
	at[8] = (unsigned char)body;
	at[9] = at[10] = 3;
	at[43] = (unsigned char)session;
	at[44 + session] = 0xc0;
	at[45 + session] = 0x11;
	return 5 + 4 + body;
}

test(a_server_hello_tells_version_and_cipher)
{
	for (size_t session = 0; session <= 32; session += 16) {
		unsigned char bytes[128];
		unsigned version = 0, cipher = 0;
		struct text text = {(const char *)bytes, make(bytes, session)};
		assert_int_equal(hello_read(text, &version, &cipher), HELLO_AGREED);
		assert_int_equal(version, 0x0303);
		assert_int_equal(cipher, 0xc011);
	}
}

test(less_of_it_is_more_to_come)
{
	unsigned char bytes[128];
	unsigned version, cipher;
	size_t len = make(bytes, 32);
	for (size_t i = 0; i < 46 + 32; i++)
		assert_int_equal(
			hello_read((struct text){(const char *)bytes, i}, &version, &cipher),
			HELLO_MORE);
	assert_true(len > 46 + 32);
}

test(what_is_none_is_told)
{
	unsigned version, cipher;
	unsigned char bytes[128];
	size_t len = make(bytes, 32);
	assert_int_equal(hello_read(TEXT("\x15\x03\x01\0\x02\x02\x28"), &version, &cipher),
			 HELLO_REFUSED);
	assert_int_equal(hello_read(TEXT("HTTP/1.1 400"), &version, &cipher), HELLO_OTHER);
	assert_int_equal(hello_read(TEXT("\x16\x02"), &version, &cipher), HELLO_OTHER);
	bytes[43] = 33; /* a session that is too long */
	assert_int_equal(hello_read((struct text){(const char *)bytes, len}, &version, &cipher),
			 HELLO_OTHER);
	make(bytes, 32);
	bytes[4] = 60; /* a record that ends before it */
	assert_int_equal(hello_read((struct text){(const char *)bytes, len}, &version, &cipher),
			 HELLO_OTHER);
	make(bytes, 32);
	bytes[5] = 11; /* another message */
	assert_int_equal(hello_read((struct text){(const char *)bytes, len}, &version, &cipher),
			 HELLO_OTHER);
}

static size_t get16(const char *at)
{
	return (size_t)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

test(ours_has_lengths_that_fit)
{
	static const uint16_t ciphers[] = {0x0005, 0x000a};
	static const unsigned versions[] = {HELLO_SSL3, HELLO_TLS1_2};
	for (size_t i = 0; i < array_len(versions); i++) {
		scoped(buf_end) struct buf out = {0};
		hello_put(versions[i], ciphers, array_len(ciphers), "a.example", &out);
		assert_int_equal(out.at[0], 22);
		assert_int_equal(get16(out.at + 3), out.len - 5);
		assert_int_equal(get16(out.at + 7), out.len - 9);
		assert_int_equal(get16(out.at + 9), versions[i]);
		assert_int_equal(get16(out.at + 44), 4);
		assert_int_equal(get16(out.at + 46), 5);
		size_t end = 5 + 4 + 2 + 32 + 1 + 2 + 4 + 2;
		if (versions[i] == HELLO_SSL3)
			assert_int_equal(out.len, end);
		else
			assert_int_equal(get16(out.at + end), out.len - end - 2);
	}
}

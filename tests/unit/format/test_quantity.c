#include "format/quantity.h"

#include "unit.h"

test(reads_sizes)
{
	static const struct {
		const char *text;
		bool read;
		uint64_t bytes;
	} cases[] = {{"512", true, 512},
		     {"10M", true, 10u << 20},
		     {"4k", true, 4096},
		     {"1GiB", true, 1u << 30},
		     {"2kB", true, 2048},
		     {"7b", true, 7},
		     {"", false, 0},
		     {"M", false, 0},
		     {"1x", false, 0},
		     {"1Mx", false, 0},
		     {"99999999999999P", false, 0}};
	for (size_t i = 0; i < array_len(cases); i++) {
		uint64_t bytes = 0;
		assert_int_equal(quantity_read_size(text_of(cases[i].text), &bytes), cases[i].read);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

test(orders_versions_as_dpkg_does)
{
	static const struct {
		const char *a, *b;
		int order;
	} cases[] = {
		{"1.0", "1.0", 0},
		{"1.0", "1.1", -1},
		{"1.10", "1.9", 1},
		{"1.0~rc1", "1.0", -1},
		{"1.0~~", "1.0~", -1},
		{"1:0.1", "2.0", 1},
		{"0:1.0", "1.0", 0},
		{"1.0-1", "1.0-2", -1},
		{"1.0", "1.0-1", -1},
		{"1.0a", "1.0", 1},
		{"1.0+b", "1.0a", 1},
		{"2.36-9+deb12u10", "2.36-9+deb12u9", 1},
		{"1.0-1~bpo12+1", "1.0-1", -1},
		{"007", "7", 0},
		{"", "0", 0},
		{"99999999999999999999999", "99999999999999999999998", 1},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct text a = text_of(cases[i].a), b = text_of(cases[i].b);
		int order = quantity_compare_version(a, b), back = quantity_compare_version(b, a);
		if ((order > 0) - (order < 0) != cases[i].order ||
		    (back > 0) - (back < 0) != -cases[i].order)
			fail_msg("%s, %s: %d, %d", cases[i].a, cases[i].b, order, back);
	}
}

test(matches_wildcards)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {{"*", "", true},
		     {"", "", true},
		     {"", "a", false},
		     {"web*", "web1", true},
		     {"*.net", "a.b.net", true},
		     {"a?c", "abc", true},
		     {"a?c", "ac", false},
		     {"a*b*c", "a--b--c", true},
		     {"a*b*c", "a--c", false},
		     {"A*", "abc", true},
		     {"a\\*", "a*", true},
		     {"a\\*", "ab", false},
		     {"**a**", "bab", true},
		     {"*a", "aaaaab", false}};
	for (size_t i = 0; i < array_len(cases); i++)
		assert_int_equal(quantity_is_wild_match(text_of(cases[i].pattern),
							text_of(cases[i].text), true),
				 cases[i].matches);
	assert_false(quantity_is_wild_match(TEXT("A*"), TEXT("abc"), false));
}

test(places_addresses_in_networks)
{
	static const struct {
		const char *address, *network;
		bool within;
	} cases[] = {
		{"10.1.2.3", "10.0.0.0/8", true},        {"11.1.2.3", "10.0.0.0/8", false},
		{"10.1.2.3", "10.1.2.3", true},          {"10.1.2.129", "10.1.2.128/25", true},
		{"10.1.2.127", "10.1.2.128/25", false},  {"2001:db8::1", "2001:db8::/32", true},
		{"::ffff:10.1.1.1", "10.0.0.0/8", true}, {"2001:db9::1", "2001:db8::/32", false},
		{"10.0.0.0/16", "10.0.0.0/8", true},     {"10.0.0.0/4", "10.0.0.0/8", false}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct address address, network;
		assert_true(quantity_read_address(text_of(cases[i].address), &address));
		assert_true(quantity_read_address(text_of(cases[i].network), &network));
		assert_int_equal(quantity_is_within(&address, &network), cases[i].within);
	}
	struct address address;
	assert_false(quantity_read_address(TEXT("10.0.0.256"), &address));
	assert_false(quantity_read_address(TEXT("10.0.0.0/33"), &address));
	assert_false(quantity_read_address(TEXT(""), &address));
}

test(reads_modes)
{
	unsigned mode;
	assert_true(quantity_read_mode(TEXT("0640"), &mode));
	assert_int_equal(mode, 0640);
	assert_true(quantity_read_mode(TEXT("4755"), &mode));
	assert_false(quantity_read_mode(TEXT("0888"), &mode));
	assert_false(quantity_read_mode(TEXT("17777"), &mode));
	assert_false(quantity_read_mode(TEXT(""), &mode));
}

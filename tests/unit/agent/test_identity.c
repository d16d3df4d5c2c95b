#include "agent/identity.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/folder.h"
#include "unit.h"

struct place {
	const char *path;
	int folder;
};

static struct place make_place(void)
{
	struct err err = {0};
	struct place place = {.path = unit_tmpdir()};
	place.folder = folder_open(place.path, &err);
	assert_true(place.folder >= 0);
	return place;
}

static void save(const struct place *place, const char *host)
{
	struct err err = {0};
	struct identity identity = {
		.id = "00ff", .name = "web1.example.net", .server = {.port = 8444}};
	memcpy(identity.server.host, host, strlen(host) + 1);
	buf_cstr(&identity.pair, "KEY CERT");
	buf_cstr(&identity.ca, "CA");
	assert_true(identity_save(place->folder, &identity, &err));
	identity_end(&identity);
}

test(what_is_saved_can_be_loaded)
{
	static const char *const hosts[] = {"192.0.2.7", "muster.example.net", "2001:db8::1"};
	for (size_t i = 0; i < array_len(hosts); i++) {
		struct place place = make_place();
		struct identity identity;
		struct err err = {0};
		assert_false(identity_is_there(place.folder));
		save(&place, hosts[i]);
		assert_true(identity_is_there(place.folder));
		if (!identity_load(place.folder, &identity, &err))
			fail_msg("%s", err.text);
		assert_string_equal(identity.id, "00ff");
		assert_string_equal(identity.name, "web1.example.net");
		assert_string_equal(identity.server.host, hosts[i]);
		assert_int_equal(identity.server.port, 8444);
		assert_true(text_is(buf_view(&identity.pair), "KEY CERT"));
		assert_true(text_is(buf_view(&identity.ca), "CA"));
		identity_end(&identity);
		folder_close(&place.folder);
	}
}

test(the_key_is_for_its_owner_alone)
{
	struct place place = make_place();
	struct stat stat_;
	save(&place, "192.0.2.7");
	assert_int_equal(stat(unit_text("%s/agent.pem", place.path), &stat_), 0);
	assert_int_equal(stat_.st_mode & 07777, 0600);
	folder_close(&place.folder);
}

test(another_pair_takes_the_place_of_the_old_one)
{
	struct place place = make_place();
	struct identity identity;
	struct stat stat_;
	struct err err = {0};
	save(&place, "192.0.2.7");
	assert_true(identity_load(place.folder, &identity, &err));
	assert_true(identity_renew(place.folder, &identity, TEXT("KEY2 CERT2"), &err));
	assert_true(text_is(buf_view(&identity.pair), "KEY2 CERT2"));
	identity_end(&identity);
	assert_true(identity_load(place.folder, &identity, &err));
	assert_true(text_is(buf_view(&identity.pair), "KEY2 CERT2"));
	assert_string_equal(identity.id, "00ff");
	identity_end(&identity);
	assert_int_equal(stat(unit_text("%s/agent.pem", place.path), &stat_), 0);
	assert_int_equal(stat_.st_mode & 07777, 0600);
	folder_close(&place.folder);
}

/* As earlier versions left it; and as a crash leaves it between a renewal and its removal. */
test(a_key_in_a_file_of_its_own_is_read_and_goes_with_the_first_renewal)
{
	struct place place = make_place();
	struct identity identity;
	struct err err = {0};
	save(&place, "192.0.2.7");
	assert_true(folder_write(place.folder, "agent.pem", TEXT("CERT"), 0644, &err));
	assert_true(folder_write(place.folder, "agent.key", TEXT("KEY"), 0600, &err));
	assert_true(identity_load(place.folder, &identity, &err));
	assert_true(text_is(buf_view(&identity.pair), "CERTKEY"));
	assert_true(folder_write(place.folder, "agent.pem", TEXT("KEY2 CERT2"), 0600, &err));
	identity_end(&identity);
	assert_true(identity_load(place.folder, &identity, &err));
	assert_true(text_starts(buf_view(&identity.pair), "KEY2 CERT2")); /* the first key counts */
	assert_true(identity_renew(place.folder, &identity, TEXT("KEY3 CERT3"), &err));
	assert_int_not_equal(access(unit_text("%s/agent.key", place.path), F_OK), 0);
	identity_end(&identity);
	folder_close(&place.folder);
}

test(an_empty_folder_is_not_enrolled)
{
	struct place place = make_place();
	struct identity identity;
	struct err err = {0};
	assert_false(identity_load(place.folder, &identity, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "not enrolled"));
	folder_close(&place.folder);
}

test(a_damaged_card_is_an_error_that_says_so)
{
	static const char *const cards[] = {
		"",
		"{}",
		"{\"agent\":\"../x\",\"name\":\"n\",\"server\":\"h:1\",\"trust\":\"server\"}",
		"{\"agent\":\"00\",\"name\":\"\",\"server\":\"h:1\",\"trust\":\"server\"}",
		"{\"agent\":\"00\",\"name\":\"n\",\"server\":\"h\",\"trust\":\"server\"}",
		"{\"agent\":\"00\",\"name\":\"n\",\"server\":\"h:1\",\"trust\":\"everybody\"}"};
	struct place place = make_place();
	save(&place, "192.0.2.7");
	for (size_t i = 0; i < array_len(cards); i++) {
		struct identity identity;
		struct err err = {0};
		assert_true(
			folder_write(place.folder, "agent.json", text_of(cards[i]), 0644, &err));
		assert_false(identity_load(place.folder, &identity, &err));
		assert_int_equal(err.kind, ERR_INPUT);
	}
	folder_close(&place.folder);
}

test(removing_leaves_nothing_of_ours_and_everything_else)
{
	struct place place = make_place();
	struct err err = {0};
	save(&place, "192.0.2.7");
	unit_write_file(unit_text("%s/spool/items-0000000000000001", place.path), "x", 1);
	unit_write_file(unit_text("%s/mine", place.path), "x", 1);
	assert_true(identity_remove(place.folder, &err));
	assert_int_not_equal(access(unit_text("%s/agent.pem", place.path), F_OK), 0);
	assert_int_not_equal(access(unit_text("%s/spool", place.path), F_OK), 0);
	assert_int_equal(access(unit_text("%s/mine", place.path), F_OK), 0);
	folder_close(&place.folder);
}

test(two_processes_never_share_a_folder)
{
	struct place place = make_place();
	struct err err = {0};
	int lock = folder_lock(place.folder, IDENTITY_LOCK, &err);
	assert_true(lock >= 0);
	assert_int_equal(folder_lock(place.folder, IDENTITY_LOCK, &err), -1);
	assert_int_equal(err.kind, ERR_BUSY);
	folder_close(&lock);
	lock = folder_lock(place.folder, IDENTITY_LOCK, &err);
	assert_true(lock >= 0);
	folder_close(&lock);
	folder_close(&place.folder);
}

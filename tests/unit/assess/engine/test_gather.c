#include "assess/engine/gather.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assess/engine/fixture.h"
#include "base/buf.h"

static struct err err;

/* The same small tree, as a folder and as a fixture: what is asked of both must have the same
 * answer. */
static const char *const paths[] = {"/etc/a.conf", "/etc/b.conf", "/etc/.c.conf", "/etc/d/e.conf",
				    "/var/log/x"};

static struct gather *real_tree(void)
{
	const char *folder = unit_tmpdir();
	for (size_t i = 0; i < array_len(paths); i++)
		unit_write_file(unit_text("%s%s", folder, paths[i]), paths[i], strlen(paths[i]));
	assert_int_equal(symlink("/etc/d", unit_text("%s/link", folder)), 0);
	assert_int_equal(symlink("../../../etc/a.conf", unit_text("%s/var/up", folder)), 0);
	assert_int_equal(symlink("one", unit_text("%s/other", folder)), 0);
	assert_int_equal(symlink("other", unit_text("%s/one", folder)), 0);
	struct gather *gather = gather_new(&(struct gather_config){.root = folder}, &err);
	assert_non_null(gather);
	return gather;
}

static void add_link(struct fixture *fixture, const char *path, const char *target)
{
	struct fixture_file link = {
		.path = text_of(path), .kind = GATHER_LINK, .content = text_of(target)};
	assert_true(fixture_add(fixture, &link, &err));
}

static struct gather *fixture_tree(void)
{
	static struct fixture *fixture; /* the same for all: nobody changes it */
	if (fixture)
		return fixture_gather(fixture, &(struct gather_config){0});
	fixture = fixture_new();
	for (size_t i = 0; i < array_len(paths); i++)
		assert_true(fixture_add_text(fixture, paths[i], text_of(paths[i]), &err));
	add_link(fixture, "/link", "/etc/d");
	add_link(fixture, "/var/up", "../../../etc/a.conf");
	add_link(fixture, "/other", "one");
	add_link(fixture, "/one", "other");
	return fixture_gather(fixture, &(struct gather_config){0});
}

static struct gather *(*const trees[])(void) = {real_tree, fixture_tree};

test(both_sources_answer_alike)
{
	static const struct {
		const char *path;
		enum gather_answer answer;
		const char *content, *why;
	} cases[] = {
		{"/etc/a.conf", GATHER_OK, "/etc/a.conf", NULL},
		{"//etc///a.conf", GATHER_OK, "/etc/a.conf", NULL},
		{"/etc/./d/../a.conf", GATHER_OK, "/etc/a.conf", NULL},
		{"/../../etc/a.conf", GATHER_OK, "/etc/a.conf", NULL},
		{"/link/e.conf", GATHER_OK, "/etc/d/e.conf", NULL},
		{"/link/../a.conf", GATHER_OK, "/etc/a.conf", NULL},
		{"/var/up", GATHER_OK, "/etc/a.conf", NULL},
		{"/etc/z", GATHER_MISSING, NULL, "/etc/z is missing"},
		{"/etc/a.conf/z", GATHER_MISSING, NULL, "/etc/a.conf/z is missing"},
		{"/etc", GATHER_FAILED, NULL, "cannot read /etc: it is a folder, not a file"},
		{"/one", GATHER_FAILED, NULL,
		 "cannot read /one: its symbolic links lead in a circle, or are too many"},
		{"etc", GATHER_FAILED, NULL, "cannot look at etc: the path does not begin with /"},
	};
	for (size_t tree = 0; tree < array_len(trees); tree++) {
		struct gather *gather = trees[tree]();
		for (size_t i = 0; i < array_len(cases); i++) {
			struct text content, why;
			assert_int_equal(
				gather_read(gather, text_of(cases[i].path), &content, &why),
				cases[i].answer);
			if (cases[i].content)
				assert_true(text_is(content, cases[i].content));
			else
				assert_string_equal(why.at, cases[i].why);
		}
		gather_free(&gather);
	}
}

static const char *glob(struct gather *gather, const char *pattern)
{
	static char out[1024];
	const struct text *found;
	size_t count, len = 0;
	assert_true(gather_glob(gather, text_of(pattern), &found, &count, &err));
	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		snprintf(out + len, sizeof(out) - len, "%s%.*s", i ? " " : "", TEXT_ARG(found[i]));
		len = strlen(out);
	}
	return out;
}

test(globs_go_by_component)
{
	static const char *const cases[][2] = {
		{"/etc/*.conf", "/etc/a.conf /etc/b.conf"},
		{"/etc/.*.conf", "/etc/.c.conf"},
		{"/e*/d/e.conf", "/etc/d/e.conf"},
		{"/[!o]*/*.conf", "/etc/a.conf /etc/b.conf /link/e.conf"},
		{"/etc/[!a].conf", "/etc/b.conf"},
		{"/etc/[a-b].conf", "/etc/a.conf /etc/b.conf"},
		{"/etc/?.con[", ""},
		{"/etc/**/*.conf", "/etc/a.conf /etc/b.conf /etc/d/e.conf"},
		{"/etc/**", "/etc /etc/.c.conf /etc/a.conf /etc/b.conf /etc/d /etc/d/e.conf"},
		{"/no/*", ""},
		{"/etc/a.conf/*", ""},
		{"/etc/no", "/etc/no"},
		{"/l*", "/link"},
	};
	for (size_t tree = 0; tree < array_len(trees); tree++) {
		struct gather *gather = trees[tree]();
		for (size_t i = 0; i < array_len(cases); i++)
			assert_string_equal(glob(gather, cases[i][0]), cases[i][1]);
		gather_free(&gather);
	}
}

test(a_glob_through_a_circle_of_links_is_an_error)
{
	for (size_t tree = 0; tree < array_len(trees); tree++) {
		struct gather *gather = trees[tree]();
		const struct text *found;
		size_t count;
		assert_false(gather_glob(gather, TEXT("/o*/*.conf"), &found, &count, &err));
		assert_non_null(strstr(err.text, "in a circle"));
		gather_free(&gather);
	}
}

test(name_patterns)
{
	static const struct {
		const char *pattern, *name;
		bool match;
	} cases[] = {
		{"*", "a", true},
		{"*", ".a", false},
		{".*", ".a", true},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "axxbyy", false},
		{"?", "", false},
		{"\\*", "*", true},
		{"\\*", "a", false},
		{"[]]", "]", true},
		{"[", "[", true},
		{"[a-", "[a-", true},
		{"*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	};
	for (size_t i = 0; i < array_len(cases); i++)
		assert_int_equal(
			gather_is_name_match(text_of(cases[i].pattern), text_of(cases[i].name)),
			cases[i].match);
}

test(each_file_is_opened_once)
{
	struct gather *gather = real_tree();
	struct text content, why;
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(gather_read(gather, text_of(paths[i % 5]), &content, &why),
				 GATHER_OK);
	assert_int_equal(gather_opens(gather), 5);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(gather_read(gather, TEXT("/none"), &content, &why),
				 GATHER_MISSING);
	assert_int_equal(gather_opens(gather), 6); /* what is missing is remembered too */
	gather_free(&gather);
}

static void try_large(struct gather *gather)
{
	struct text content, why;
	struct gather_stat stat;
	for (size_t i = 0; i < 5; i++) {
		const char *path = unit_text("/%zu", i);
		gather_depends_begin(gather);
		assert_int_equal(gather_read(gather, text_of(path), &content, &why), GATHER_OK);
		assert_int_equal(content.len, 3 << 20);
		const struct text *depends;
		size_t count;
		gather_depends_end(gather, &depends, &count);
		assert_int_equal(count, 1);
		assert_int_equal(gather_stat(gather, text_of(path), true, &stat, &why), GATHER_OK);
	}
}

test(what_is_kept_has_a_limit)
{
	struct fixture *fixture = fixture_new();
	struct text large = {mem_new(1, 3 << 20), 3 << 20};
	for (size_t i = 0; i < 5; i++)
		assert_true(fixture_add_text(fixture, unit_text("/%zu", i), large, &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	try_large(gather);
	assert_int_equal(gather_opens(gather), 5);
	try_large(gather);
	assert_int_equal(gather_opens(gather), 8); /* two of 3 MiB were kept */
	mem_free(&large.at);
	gather_free(&gather);
	fixture_free(&fixture);
}

static enum gather_step count_entry(void *data, struct text path, enum gather_kind kind)
{
	size_t *count = data;
	assert_true(path.len > 1 && kind != GATHER_UNKNOWN);
	++*count;
	return GATHER_GO_ON;
}

test(a_walk_says_when_it_is_too_deep)
{
	struct fixture *fixture = fixture_new();
	struct buf path = {0};
	for (size_t i = 0; i < 5000; i++)
		buf_cstr(&path, "/d");
	assert_true(fixture_add_text(fixture, path.at, TEXT("x"), &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	size_t count = 0;
	struct gather_walk walk = {.path = TEXT("/"), .each = count_entry, .data = &count};
	struct text why;
	assert_int_equal(gather_walk(gather, &walk, &why), GATHER_FAILED);
	assert_int_equal(count, GATHER_WALK_DEPTH_MAX);
	assert_non_null(strstr(why.at, "it lies deeper than 1000 folders; give a depth"));
	walk.depth = 30;
	count = 0;
	assert_int_equal(gather_walk(gather, &walk, &why), GATHER_OK);
	assert_int_equal(count, 30);
	buf_end(&path);
	gather_free(&gather);
	fixture_free(&fixture);
}

static size_t walk_below(struct gather *gather, const char *path, unsigned depth)
{
	size_t count = 0;
	struct gather_walk walk = {
		.path = text_of(path), .depth = depth, .each = count_entry, .data = &count};
	struct text why;
	assert_int_equal(gather_walk(gather, &walk, &why), GATHER_OK);
	return count;
}

test(a_walk_is_made_once_for_all_who_ask)
{
	for (size_t tree = 0; tree < array_len(trees); tree++) {
		struct gather *gather = trees[tree]();
		const struct text *depends;
		size_t count;
		assert_int_equal(walk_below(gather, "/etc", 0), 5);
		assert_int_equal(gather_lists(gather), 2);
		gather_depends_begin(gather);
		assert_int_equal(walk_below(gather, "/etc/", 0), 5);
		gather_depends_end(gather, &depends, &count);
		assert_int_equal(gather_lists(gather), 2);
		assert_int_equal(count, 2); /* as if it had been the first */
		assert_true(text_is(depends[0], "/etc"));
		assert_true(text_is(depends[1], "/etc/**"));
		assert_int_equal(walk_below(gather, "/etc", 1), 4); /* another depth */
		assert_int_equal(gather_lists(gather), 3);
		gather_free(&gather);
	}
}

test(a_glob_is_a_fact_that_brings_its_dependencies)
{
	struct gather *gather = fixture_tree();
	const struct text *depends[2], *found[2];
	size_t count[2], found_count;
	for (size_t i = 0; i < 2; i++) {
		gather_depends_begin(gather);
		gather_depends_add(gather, TEXT("/before"));
		assert_true(
			gather_glob(gather, TEXT("/etc/**/*.conf"), &found[i], &found_count, &err));
		gather_depends_end(gather, &depends[i], &count[i]);
		assert_int_equal(found_count, 3);
	}
	assert_ptr_equal(found[0], found[1]);
	assert_true(count[0] > 2);
	assert_int_equal(count[0], count[1]);
	for (size_t i = 0; i < count[0]; i++)
		assert_true(text_is_equal(depends[0][i], depends[1][i]));
	gather_free(&gather);
}

test(what_appears_later_in_the_run_is_not_seen_twice_differently)
{
	const char *folder = unit_tmpdir();
	unit_write_file(unit_text("%s/a/b", folder), "1", 1);
	struct gather *gather = gather_new(&(struct gather_config){.root = folder}, &err);
	assert_int_equal(walk_below(gather, "/a", 0), 1);
	unit_write_file(unit_text("%s/a/c", folder), "1", 1);
	assert_int_equal(walk_below(gather, "/a", 0), 1);
	gather_free(&gather);
	gather = gather_new(&(struct gather_config){.root = folder}, &err);
	assert_int_equal(walk_below(gather, "/a", 0), 2); /* the next run does */
	gather_free(&gather);
}

static enum gather_step stop_at_first(void *data, struct text path, enum gather_kind kind)
{
	(void)path;
	(void)kind;
	++*(size_t *)data;
	return GATHER_STOP;
}

test(a_walk_that_was_left_early_is_gone_on_with)
{
	struct gather *gather = fixture_tree();
	struct text why;
	size_t count = 0;
	struct gather_walk walk = {.path = TEXT("/"), .each = stop_at_first, .data = &count};
	assert_int_equal(gather_walk(gather, &walk, &why), GATHER_OK);
	assert_int_equal(gather_walk(gather, &walk, &why), GATHER_OK);
	assert_int_equal(count, 2);
	assert_int_equal(gather_lists(gather), 1);
	assert_int_equal(walk_below(gather, "/", 0), 13);
	assert_int_equal(gather_lists(gather), 5);
	assert_int_equal(walk_below(gather, "/", 0), 13);
	assert_int_equal(gather_lists(gather), 5);
	gather_free(&gather);
}

static enum gather_step walk_again(void *data, struct text path, enum gather_kind kind)
{
	(void)path;
	(void)kind;
	assert_int_equal(walk_below(data, "/etc", 0), 5);
	return GATHER_GO_ON;
}

test(a_walk_within_the_same_walk)
{
	struct gather *gather = fixture_tree();
	struct text why;
	struct gather_walk walk = {.path = TEXT("/etc"), .each = walk_again, .data = gather};
	assert_int_equal(gather_walk(gather, &walk, &why), GATHER_OK);
	gather_free(&gather);
}

static enum gather_step look_at_entry(void *data, struct text path, enum gather_kind kind)
{
	struct gather_stat stat;
	struct text why;
	(void)kind;
	assert_int_equal(gather_peek(data, path, false, &stat, &why), GATHER_OK);
	assert_int_equal(stat.size, 1);
	return GATHER_GO_ON;
}

test(a_look_at_what_a_walk_found_is_kept_with_it)
{
	const char *folder = unit_tmpdir();
	unit_write_file(unit_text("%s/a/b", folder), "1", 1);
	struct gather *gather = gather_new(&(struct gather_config){.root = folder}, &err);
	struct gather_walk walk = {.path = TEXT("/a"), .each = look_at_entry, .data = gather};
	struct gather_stat stat;
	struct text why;
	assert_int_equal(gather_walk(gather, &walk, &why), GATHER_OK);
	unit_write_file(unit_text("%s/a/b", folder), "22", 2);
	assert_int_equal(gather_walk(gather, &walk, &why), GATHER_OK);
	assert_int_equal(gather_peek(gather, TEXT("/a/b"), false, &stat, &why), GATHER_OK);
	assert_int_equal(stat.size, 2); /* on its own: looked at anew */
	gather_free(&gather);
}

test(what_walks_keep_has_a_limit)
{
	struct fixture *fixture = fixture_new();
	struct buf name = {0};
	size_t each = 240, files = 3000, folders;
	for (size_t i = 0; i < each; i++)
		buf_char(&name, 'n');
	folders = GATHER_WALKS_KEPT_BYTES_MAX / (files * each) + 1;
	for (size_t i = 0; i < files; i++)
		assert_true(fixture_add_text(fixture, unit_text("/f/%zu%s", i, name.at), TEXT("x"),
					     &err));
	for (size_t i = 0; i < folders; i++)
		add_link(fixture, unit_text("/%zu", i), "/f");
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	for (size_t i = 0; i < folders; i++)
		assert_int_equal(walk_below(gather, unit_text("/%zu", i), 0), files);
	assert_int_equal(gather_lists(gather), folders);
	assert_int_equal(walk_below(gather, "/0", 0), files); /* kept */
	assert_int_equal(gather_lists(gather), folders);
	const char *last = unit_text("/%zu", folders - 1);
	assert_int_equal(walk_below(gather, last, 0), files); /* made anew, as whole */
	assert_int_equal(walk_below(gather, last, 0), files);
	assert_int_equal(gather_lists(gather), folders + 2);
	buf_end(&name);
	gather_free(&gather);
	fixture_free(&fixture);
}

test(what_is_recalled_is_of_the_same_state_of_the_file)
{
	struct gather *gather = fixture_tree();
	struct gather_stat stat = {.inode = 7, .size = 3, .mtime_us = 1}, other = stat;
	struct text bytes = TEXT("abc"), found;
	assert_false(gather_recall(gather, &stat, 1, &found));
	assert_true(gather_remember(gather, &stat, 1, &bytes));
	assert_true(gather_recall(gather, &stat, 1, &found));
	assert_true(text_is(found, "abc"));
	assert_false(gather_recall(gather, &stat, 2, &found));
	other.mtime_us = 2;
	assert_false(gather_recall(gather, &other, 1, &found));
	other = stat;
	other.size = 4;
	assert_false(gather_recall(gather, &other, 1, &found));
	other = stat;
	other.device = 1;
	assert_false(gather_recall(gather, &other, 1, &found));
	stat.size = 0; /* what the kernel makes up is ever new */
	assert_false(gather_remember(gather, &stat, 1, &bytes));
	gather_free(&gather);
}

test(what_is_recalled_has_a_limit)
{
	struct gather *gather = fixture_tree();
	struct text large = {mem_new(1, GATHER_RECALLED_BYTES_MAX / 2), 0};
	struct gather_stat stat = {.inode = 1, .size = 1};
	struct text bytes = {large.at, GATHER_RECALLED_BYTES_MAX / 2};
	assert_false(gather_remember(gather, &stat, GATHER_CONTENT, &bytes));
	bytes.len = GATHER_RECALLED_BYTES_MAX / 2 - 1000;
	assert_true(gather_remember(gather, &stat, GATHER_CONTENT, &bytes));
	stat.inode = 2;
	bytes = (struct text){large.at, 10000};
	assert_false(gather_remember(gather, &stat, GATHER_CONTENT, &bytes));
	assert_true(gather_remember(gather, &stat, 1, &bytes)); /* digests have the other half */
	bytes.len = GATHER_RECALLED_BYTES_MAX / 2;
	assert_false(gather_remember(gather, &stat, 2, &bytes));
	mem_free(&large.at);
	gather_free(&gather);
}

test(dependencies_are_what_was_looked_at)
{
	struct gather *gather = fixture_tree();
	const struct text *depends, *found;
	struct text content, why;
	size_t count;
	gather_depends_begin(gather);
	assert_int_equal(gather_read(gather, TEXT("/etc//a.conf"), &content, &why), GATHER_OK);
	assert_int_equal(gather_read(gather, TEXT("/none"), &content, &why), GATHER_MISSING);
	assert_int_equal(gather_read(gather, TEXT("/none"), &content, &why), GATHER_MISSING);
	assert_true(gather_glob(gather, TEXT("/etc/*"), &found, &count, &err));
	gather_depends_end(gather, &depends, &count);
	assert_int_equal(count, 3);
	assert_true(text_is(depends[0], "/etc/a.conf"));
	assert_true(text_is(depends[1], "/none"));
	assert_true(text_is(depends[2], "/etc"));
	gather_free(&gather);
}

test(secrets_are_known_by_name_and_by_file)
{
	struct fixture *fixture = fixture_new();
	assert_true(fixture_add_text(fixture, "/etc/shadow", TEXT("x"), &err));
	assert_true(fixture_add_text(fixture, "/etc/hosts", TEXT("x"), &err));
	add_link(fixture, "/tmp/innocent", "../etc/shadow");
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	static const struct {
		const char *path;
		bool secret;
	} cases[] = {
		{"/etc/shadow", true},           {"/tmp/innocent", true},
		{"/etc/hosts", false},           {"/etc/ssh/ssh_host_rsa_key", true},
		{"/root/.ssh/id_ed25519", true}, {"/root/.ssh/id_ed25519.pub", false},
		{"/proc/1/environ", true},       {"/etc/ssl/private/x.pem", true},
	};
	for (size_t i = 0; i < array_len(cases); i++)
		assert_int_equal(gather_is_secret(gather, text_of(cases[i].path)), cases[i].secret);
	gather_free(&gather);
	fixture_free(&fixture);
}

test(a_fixture_refuses_paths_that_cannot_be)
{
	static const char *const wrong[] = {"", "/", "a", "/a/../b"};
	struct fixture *fixture = fixture_new();
	for (size_t i = 0; i < array_len(wrong); i++) {
		assert_false(fixture_add_text(fixture, wrong[i], TEXT("x"), &err));
		assert_int_equal(err.kind, ERR_INPUT);
	}
	fixture_free(&fixture);
}

test(tells_what_stat_tells)
{
	const char *folder = unit_tmpdir();
	struct stat wanted;
	struct text why;
	struct gather_details details;
	unit_write_file(unit_text("%s/a", folder), "one", 3);
	assert_int_equal(symlink("a", unit_text("%s/l", folder)), 0);
	struct gather *gather = gather_new(&(struct gather_config){.root = folder}, &err);
	assert_int_equal(stat(unit_text("%s/a", folder), &wanted), 0);
	assert_int_equal(gather_details(gather, TEXT("/l"), true, &details, &why), GATHER_OK);
	assert_int_equal(details.stat.inode, wanted.st_ino);
	assert_int_equal(details.blocks, wanted.st_blocks);
	assert_int_equal(details.block_size, wanted.st_blksize);
	assert_int_equal(details.modified.at_s, wanted.st_mtim.tv_sec);
	assert_int_equal(details.modified.ns, wanted.st_mtim.tv_nsec);
	assert_int_equal(details.changed.at_s, wanted.st_ctim.tv_sec);
	assert_int_equal(gather_details(gather, TEXT("/l"), false, &details, &why), GATHER_OK);
	assert_int_equal(details.stat.kind, GATHER_LINK);
	assert_int_equal(gather_details(gather, TEXT("/b"), true, &details, &why), GATHER_MISSING);
	assert_int_equal(gather_details(gather, TEXT("b"), true, &details, &why), GATHER_FAILED);
	assert_true(why.len > 0);
	gather_free(&gather);
}

test(matches_texts_and_names)
{
	static const struct {
		const char *pattern, *text;
		bool text_fits, name_fits;
	} cases[] = {
		{"*", ".a", true, false},   {".*", ".a", true, true},    {"*b", "a/b", true, true},
		{"a?c", "a/c", true, true}, {"[!x]*", "yx", true, true}, {"a", "ab", false, false},
		{"\\*", "*", true, true},   {"", "", true, true},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct text pattern = text_of(cases[i].pattern), text = text_of(cases[i].text);
		assert_int_equal(gather_is_text_match(pattern, text), cases[i].text_fits);
		assert_int_equal(gather_is_name_match(pattern, text), cases[i].name_fits);
	}
}

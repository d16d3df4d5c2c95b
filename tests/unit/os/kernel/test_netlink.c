#include "os/kernel/netlink.h"

#include "unit.h"

/* Everybody is told addresses, so these show how a list is heard. */

test(lists_what_the_kernel_tells_everybody)
{
	struct err err = {0};
	struct netlink netlink;
	scoped(buf_end) struct buf first = {0}, second = {0};
	netlink_open(&netlink);
	assert_int_equal(netlink_list(&netlink, NETLINK_ADDRESSES, NULL, 1 << 20, &first, &err),
			 NETLINK_OK);
	assert_int_equal(netlink_list(&netlink, NETLINK_ADDRESSES, NULL, 1 << 20, &second, &err),
			 NETLINK_OK);
	assert_int_equal(first.len, second.len);
	netlink_close(&netlink);
}

test(a_list_that_is_too_long_leaves_nothing_behind)
{
	struct err err = {0};
	struct netlink netlink;
	scoped(buf_end) struct buf all = {0}, part = {0}, again = {0};
	netlink_open(&netlink);
	assert_int_equal(netlink_list(&netlink, NETLINK_ADDRESSES, NULL, 1 << 20, &all, &err),
			 NETLINK_OK);
	if (all.len == 0) /* a network of its own, with no interface that is up */
		skip();
	assert_int_equal(netlink_list(&netlink, NETLINK_ADDRESSES, NULL, 10, &part, &err),
			 NETLINK_FAILED);
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_true(part.len <= 10);
	assert_int_equal(netlink_list(&netlink, NETLINK_ADDRESSES, NULL, 1 << 20, &again, &err),
			 NETLINK_OK);
	assert_int_equal(again.len, all.len);
	netlink_close(&netlink);
}

test(a_set_that_is_not_there_is_not_told)
{
	struct err err = {0};
	struct netlink netlink;
	const struct netlink_set set = {
		.family = 1, .table = TEXT("no such table"), .name = TEXT("none")};
	scoped(buf_end) struct buf out = {0};
	netlink_open(&netlink);
	assert_int_equal(netlink_list(&netlink, NETLINK_NFT_ELEMENTS, &set, 1 << 20, &out, &err),
			 NETLINK_REFUSED);
	assert_true(err.text[0] != '\0');
	netlink_close(&netlink);
}

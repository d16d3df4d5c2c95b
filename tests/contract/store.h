/* store.h: the contract test of stores: each adapter's test hands its port over. */
#pragma once
#include "store/port.h"

extern const struct store_port *const contract_port;

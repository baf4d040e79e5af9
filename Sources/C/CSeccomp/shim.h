// libseccomp. seccomp_rule_add() is variadic; its sibling seccomp_rule_add_array() imports as it is.
#pragma once
#include <seccomp.h>

// SCMP_ACT_ERRNO is a function-like macro.
static inline uint32_t flip_scmp_act_errno(int code) { return SCMP_ACT_ERRNO(code); }

// A macro whose number does not fit the type that the importer chooses.
static inline uint32_t flip_scmp_act_allow(void) { return SCMP_ACT_ALLOW; }

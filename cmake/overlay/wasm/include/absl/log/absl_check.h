// In the place of Abseil's file: a check that fails ends the module without a word.
#pragma once

#include "absl/base/overlay_version.h"
#include "absl/log/absl_log.h"

#define ABSL_CHECK(condition)               \
  ((condition) ? (void)0 : ::std::abort()), \
      true ? (void)0 : ::absl::quiet::Void() & ::absl::quiet::Stream()
#define ABSL_CHECK_EQ(a, b) ABSL_CHECK((a) == (b))
#define ABSL_CHECK_NE(a, b) ABSL_CHECK((a) != (b))
#define ABSL_CHECK_LE(a, b) ABSL_CHECK((a) <= (b))
#define ABSL_CHECK_LT(a, b) ABSL_CHECK((a) < (b))
#define ABSL_CHECK_GE(a, b) ABSL_CHECK((a) >= (b))
#define ABSL_CHECK_GT(a, b) ABSL_CHECK((a) > (b))

// Compiled, so that what they name counts as used; never run.
#define ABSL_DCHECK(condition) ABSL_CHECK(true || (condition))
#define ABSL_DCHECK_EQ(a, b) ABSL_DCHECK((a) == (b))
#define ABSL_DCHECK_NE(a, b) ABSL_DCHECK((a) != (b))
#define ABSL_DCHECK_LE(a, b) ABSL_DCHECK((a) <= (b))
#define ABSL_DCHECK_LT(a, b) ABSL_DCHECK((a) < (b))
#define ABSL_DCHECK_GE(a, b) ABSL_DCHECK((a) >= (b))
#define ABSL_DCHECK_GT(a, b) ABSL_DCHECK((a) > (b))

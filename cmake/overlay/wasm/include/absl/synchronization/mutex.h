// In the place of Abseil's file, for a module that has one thread: locking is nothing to do.
#pragma once

#include "absl/base/overlay_version.h"
#include "absl/base/thread_annotations.h"

namespace absl {

class ABSL_LOCKABLE Mutex {
 public:
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {}
  void unlock() ABSL_UNLOCK_FUNCTION() {}
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {}
  void Unlock() ABSL_UNLOCK_FUNCTION() {}
  void ReaderLock() ABSL_SHARED_LOCK_FUNCTION() {}
  void ReaderUnlock() ABSL_UNLOCK_FUNCTION() {}
  void WriterLock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {}
  void WriterUnlock() ABSL_UNLOCK_FUNCTION() {}
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex*) {}
  explicit MutexLock(Mutex&) {}
  ~MutexLock() {}
};

}  // namespace absl

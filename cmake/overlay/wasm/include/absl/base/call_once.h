// In the place of Abseil's file, for a module that has one thread.
#pragma once

#include <functional>
#include <utility>

#include "absl/base/overlay_version.h"

namespace absl {

class once_flag {
 public:
  constexpr once_flag() = default;
  once_flag(const once_flag&) = delete;
  once_flag& operator=(const once_flag&) = delete;

 private:
  template <typename Callable, typename... Args>
  friend void call_once(once_flag& flag, Callable&& callable, Args&&... args);
  bool called_ = false;
};

template <typename Callable, typename... Args>
void call_once(once_flag& flag, Callable&& callable, Args&&... args) {
  if (flag.called_) return;
  flag.called_ = true;
  std::invoke(std::forward<Callable>(callable), std::forward<Args>(args)...);
}

}  // namespace absl

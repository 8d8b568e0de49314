// Handles: objects of the core as small integers, which is all that JavaScript gets to hold.
//
// A handle is used again after its object was freed, so the JavaScript side forgets it when it
// frees. An unknown handle gives null, never another object's memory. O(1).
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace portcullis::wasm {

template <typename T>
class HandleTable {
 public:
  /// Keeps the object; its handle is 1 or more.
  int add(std::unique_ptr<T> object) {
    if (free_.empty()) {
      objects_.push_back(std::move(object));
      return static_cast<int>(objects_.size());
    }
    const int handle = free_.back();
    free_.pop_back();
    objects_[static_cast<std::size_t>(handle) - 1] = std::move(object);
    return handle;
  }

  T* find(int handle) const noexcept {
    const auto index = static_cast<std::size_t>(handle) - 1;  // 0 wraps to the largest index
    return index < objects_.size() ? objects_[index].get() : nullptr;
  }

  void remove(int handle) {
    if (find(handle) == nullptr) return;
    objects_[static_cast<std::size_t>(handle) - 1].reset();
    free_.push_back(handle);
  }

  std::size_t size() const noexcept { return objects_.size() - free_.size(); }

 private:
  std::vector<std::unique_ptr<T>> objects_;
  std::vector<int> free_;
};

}  // namespace portcullis::wasm

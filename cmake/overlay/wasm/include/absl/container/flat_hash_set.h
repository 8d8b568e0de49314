// In the place of Abseil's file: as much of it as RE2 uses, for pointers, which are never null.
// Open addressing over one array; nothing is ever taken out singly.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/base/overlay_version.h"
#include "absl/hash/hash.h"  // as Abseil's file does, for who names absl::Hash

namespace absl {

template <typename Key, typename Hash, typename Equal>
class flat_hash_set {
 public:
  class iterator {
   public:
    iterator(Key* at, Key* end) : at_(at), end_(end) { skip(); }
    Key& operator*() const { return *at_; }
    iterator& operator++() {
      ++at_;
      skip();
      return *this;
    }
    bool operator==(const iterator& other) const { return at_ == other.at_; }

   private:
    void skip() {
      while (at_ != end_ && *at_ == nullptr) ++at_;
    }
    Key* at_;
    Key* end_;
  };
  using const_iterator = iterator;

  iterator begin() { return {slots_.data(), slots_.data() + slots_.size()}; }
  iterator end() { return {slots_.data() + slots_.size(), slots_.data() + slots_.size()}; }
  std::size_t size() const { return size_; }

  iterator find(Key key) {
    if (slots_.empty()) return end();
    Key* slot = place(key);
    return *slot == nullptr ? end() : iterator(slot, slots_.data() + slots_.size());
  }

  void insert(Key key) {
    if (4 * (size_ + 1) > 3 * slots_.size()) grow();
    Key* slot = place(key);
    if (*slot == nullptr) ++size_;
    *slot = key;
  }

  void emplace(Key key) { insert(key); }

  void clear() {
    slots_.clear();
    size_ = 0;
  }

 private:
  /// Where the key is, or the empty slot that it would take.
  Key* place(Key key) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = Hash()(key) & mask;
    while (slots_[at] != nullptr && !Equal()(slots_[at], key)) at = (at + 1) & mask;
    return &slots_[at];
  }

  void grow() {
    std::vector<Key> old(slots_.empty() ? 16 : 2 * slots_.size());
    old.swap(slots_);
    for (Key key : old) {
      if (key != nullptr) *place(key) = key;
    }
  }

  std::vector<Key> slots_;  // a power of two of them, or none
  std::size_t size_ = 0;
};

}  // namespace absl

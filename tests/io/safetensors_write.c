/* Writing safetensors: the published vector, round trips, and what is not written. */
#include "engine.h"
#include "files.h"

#define path test_path("w.safetensors")

TEST(the_published_vector_byte_for_byte) {
  static const char want[] =
      "\x38\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}  "
      "\0\0\x80\x3f\0\0\0\x40";
  ae_tensor *w = VECTOR(AE_FLOAT, 2, 1, 2);
  CHECK_OK(ae_safetensors_write(path, 1, &(ae_named_tensor){"w", w}, 0, NULL));
  CHECK(file_is(path, want, 72));
  ae_tensor_release(w);
  remove(path);
}

TEST(round_trips_of_every_type_and_stride) {
  for (int type = 0; type < AE_NTYPES; type++) {
    ae_tensor *t = NULL, *back = NULL;
    ae_tensor turned = ae_tensor_local((ae_type)type), wide = ae_tensor_local((ae_type)type);
    CHECK_OK(ae_tensor_new_sized(&t, (ae_type)type, 2, (int64_t[]){3, 5}));
    CHECK_OK(ae_tensor_new(&back, AE_FLOAT));
    ae_generator g = {7, 0};
    CHECK_OK(ae_randint(t, &g, 0, 100));
    CHECK_OK(ae_transpose(&turned, t, 0, 1));
    CHECK_OK(ae_narrow(&wide, t, 1, 4, 1));
    CHECK_OK(ae_expand(&wide, &wide, 3, (int64_t[]){2, 3, 4}));
    const ae_named_tensor entries[] = {{"turned", &turned}, {"wide", &wide}, {"t", t}};
    ae_safetensors *s = NULL;
    CHECK_OK(ae_safetensors_write(path, 3, entries, 0, NULL));
    CHECK_OK(ae_safetensors_open(&s, path));
    for (int i = 0; s && i < 3; i++) {
      CHECK_OK(ae_safetensors_read(s, i, back));
      CHECK(ae_equal(back, entries[i].tensor));
    }
    ae_safetensors_close(s);
    ae_tensor_clear(&turned);
    ae_tensor_clear(&wide);
    ae_tensor_release(t);
    ae_tensor_release(back);
  }
  remove(path);
}

TEST(numbers_that_are_none_keep_their_bits) {
  static const uint32_t bits[] = {0x7FC12345, 0xFF800000, 0x80000000, 0x00000001};
  ae_tensor *t = VECTOR(AE_FLOAT, 4, 0, 0, 0, 0), *back = NULL;
  memcpy(ae_data(t), bits, sizeof bits);
  ae_safetensors *s = NULL;
  CHECK_OK(ae_tensor_new(&back, AE_FLOAT));
  CHECK_OK(ae_safetensors_write(path, 1, &(ae_named_tensor){"t", t}, 0, NULL));
  CHECK_OK(ae_safetensors_open(&s, path));
  if (s) CHECK_OK(ae_safetensors_read(s, 0, back));
  CHECK(ae_nelement(back) == 4 && memcmp(ae_data(back), bits, sizeof bits) == 0);
  ae_safetensors_close(s);
  ae_tensor_release(t);
  ae_tensor_release(back);
  remove(path);
}

TEST(entries_keep_their_order_and_metadata_are_sorted) {
  ae_tensor *byte = VECTOR(AE_BYTE, 3, 1, 2, 3), *real = MATRIX(AE_DOUBLE, 1, 2, 4, 5);
  const ae_named_tensor entries[] = {{"a.\"b\"\n\x01\\", byte}, {"\xC3\xA9", real}};
  const char *pairs[] = {"z", "text \\ \"quoted\"\t\xF0\x9F\x91\x95", "", "", "key", "[1,2]"};
  const char *text;
  const int64_t *size;
  ae_safetensors *s = NULL;
  CHECK_OK(ae_safetensors_write(path, 2, entries, 3, pairs));
  CHECK_OK(ae_safetensors_open(&s, path));
  if (!s) return;
  CHECK(ae_safetensors_count(s) == 2);
  for (int i = 0; i < 2; i++) {
    CHECK(strcmp(ae_safetensors_name(s, i), entries[i].name) == 0);
    CHECK(ae_safetensors_find(s, entries[i].name) == i);
  }
  CHECK(ae_safetensors_find(s, "no such") == -1);
  CHECK(strcmp(ae_safetensors_dtype(s, 0), "U8") == 0);
  CHECK(strcmp(ae_safetensors_dtype(s, 1), "F64") == 0);
  CHECK(ae_safetensors_shape(s, 1, &size) == 2 && size[0] == 1 && size[1] == 2);
  CHECK(strcmp(ae_safetensors_metadata(s, 0, &text), "") == 0 && strcmp(text, "") == 0);
  CHECK(strcmp(ae_safetensors_metadata(s, 1, &text), "key") == 0 && strcmp(text, "[1,2]") == 0);
  CHECK(strcmp(ae_safetensors_metadata(s, 2, &text), "z") == 0 && strcmp(text, pairs[1]) == 0);
  CHECK(ae_safetensors_metadata(s, 3, &text) == NULL);
  ae_safetensors_close(s);
  ae_tensor_release(byte);
  ae_tensor_release(real);
  remove(path);
}

TEST(every_tensor_is_aligned_for_its_type) {
  ae_tensor *byte = VECTOR(AE_BYTE, 3, 1, 2, 3), *real = VECTOR(AE_FLOAT, 1, 1);
  ae_tensor *number = VECTOR(AE_LONG, 1, 7);
  const ae_named_tensor entries[] = {{"b", byte}, {"f", real}, {"l", number}};
  char file[512] = {0};
  CHECK_OK(ae_safetensors_write(path, 3, entries, 0, NULL));
  size_t n = get_file(path, file, sizeof file - 1);
  CHECK((n - 15) % 8 == 0);
  CHECK(strstr(file + 8,
               "{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[12,15]},"
               "\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
               "\"l\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}"));
  ae_tensor_release(byte);
  ae_tensor_release(real);
  ae_tensor_release(number);
  remove(path);
}

TEST(without_memory_nothing_is_written_or_read) {
  ae_tensor *w = MATRIX(AE_FLOAT, 2, 2, 1, 2, 3, 4), turned = ae_tensor_local(AE_FLOAT);
  CHECK_OK(ae_transpose(&turned, w, 0, 1));
  const ae_named_tensor entry = {"w", &turned};
  const char *pair[] = {"key", "text"};
  int writing = 0, reading = 0;
  for (ae_status status = AE_EMEM; status == AE_EMEM; writing++) {
    counter c = {.fail_at = writing + 1};
    put_file(path, "old", 3);
    ae_set_allocator(count_allocations, &c);
    status = ae_safetensors_write(path, 1, &entry, 1, pair);
    ae_set_allocator(NULL, NULL);
    CHECK(status == AE_OK || (status == AE_EMEM && file_holds(path, "old")));
  }
  for (ae_status status = AE_EMEM; status == AE_EMEM; reading++) {
    counter c = {.fail_at = reading + 1};
    ae_safetensors *s = NULL;
    ae_tensor back = ae_tensor_local(AE_LONG);
    ae_set_allocator(count_allocations, &c);
    status = ae_safetensors_open(&s, path);
    if (status == AE_OK) status = ae_safetensors_read(s, 0, &back);
    CHECK(status == AE_OK ? ae_equal(&back, &turned) : back.type == AE_LONG && back.ndim == 0);
    ae_tensor_clear(&back);
    ae_safetensors_close(s);
    ae_set_allocator(NULL, NULL);
  }
  CHECK(writing > 6 && reading > 5);
  ae_tensor_clear(&turned);
  ae_tensor_release(w);
  remove(path);
}

TEST(what_could_not_be_read_is_not_written) {
  ae_tensor *w = VECTOR(AE_FLOAT, 1, 1);
  const ae_named_tensor twice[] = {{"w", w}, {"v", w}, {"w", w}};
  const ae_named_tensor reserved = {"__metadata__", w}, bytes = {"\xFF", w};
  const char *pairs[] = {"a", "1", "b", "2", "a", "3"}, *latin[] = {"umlaut", "\xE4"};
  put_file(path, "old", 3);
  CHECK_FAILS(ae_safetensors_write(path, 3, twice, 0, NULL), AE_EARG,
              "w.safetensors: two tensors are named \"w\"");
  CHECK_FAILS(ae_safetensors_write(path, 1, &reserved, 0, NULL), AE_EARG, "cannot be named");
  CHECK_FAILS(ae_safetensors_write(path, 1, &bytes, 0, NULL), AE_EARG, "is no UTF-8");
  CHECK_FAILS(ae_safetensors_write(path, 1, twice, 3, pairs), AE_EARG, "two texts have the key");
  CHECK_FAILS(ae_safetensors_write(path, 1, twice, 1, latin), AE_EARG, "is no UTF-8");
  CHECK(file_holds(path, "old"));
  CHECK_OK(ae_safetensors_write(path, 2, twice, 2, pairs)); /* one tensor under two names */
  CHECK_OK(ae_safetensors_write(path, 0, NULL, 0, NULL));
  CHECK(file_is(path, "\x08\0\0\0\0\0\0\0{}      ", 16));
  ae_tensor_release(w);
  remove(path);
}

TEST(a_full_disk_leaves_the_old_file) {
  ae_tensor *w = random_matrix(AE_FLOAT, 300, 300, 1);
  const ae_named_tensor entry = {"w", w};
  put_file(path, "old", 3);
  for (int64_t room = 10; room < 360000; room = room * 7) {
    limit_files(room);
    ae_status status = ae_safetensors_write(path, 1, &entry, 0, NULL);
    limit_files(-1);
    CHECK(status == AE_EIO && strstr(ae_error(), "w.safetensors: File too large"));
    CHECK(file_holds(path, "old"));
  }
  if (access("/dev/full", W_OK) == 0)
    CHECK_FAILS(ae_safetensors_write("/dev/full", 1, &entry, 0, NULL), AE_EIO,
                "/dev/full: No space left on device");
  CHECK_FAILS(ae_safetensors_write("/no-such-folder/x", 1, &entry, 0, NULL), AE_EIO,
              "/no-such-folder/x: No such file");
  CHECK_FAILS(ae_safetensors_write("/tmp", 1, &entry, 0, NULL), AE_EIO, "/tmp: Is a directory");
  ae_tensor_release(w);
  remove(path);
}

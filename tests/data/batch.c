/* Batches of images: pixels divided exactly, rows by index or in order, on any number of threads.
 */
#include "engine.h"

/* (n, 28, 28) bytes, all 256 values in it. */
static ae_tensor *pictures(int64_t n) {
  ae_tensor *t = NULL;
  CHECK_OK(ae_tensor_new_sized(&t, AE_BYTE, 3, (int64_t[]){n, 28, 28}));
  for (int64_t i = 0; i < ae_nelement(t); i++)
    ((uint8_t *)ae_data(t))[i] = (uint8_t)(i * 7 + i / 784);
  return t;
}

static uint8_t pixel(const ae_tensor *images, int64_t row, int64_t k) {
  return ((const uint8_t *)ae_data(images))[row * 784 + k];
}

TEST(batch_in_order_divides_exactly) {
  ae_tensor *images = pictures(5), x = ae_tensor_local(AE_FLOAT), d = ae_tensor_local(AE_DOUBLE);
  CHECK_OK(ae_batch_images(&x, images, NULL, 1, 3, 255));
  CHECK_OK(ae_batch_images(&d, images, NULL, 1, 3, 255));
  CHECK(x.ndim == 2 && x.size[0] == 3 && x.size[1] == 784 && ae_same_size(&x, &d));
  int64_t wrong = 0;
  for (int64_t i = 0; i < 3 * 784; i++) {
    uint8_t byte = pixel(images, 1 + i / 784, i % 784);
    wrong += ((float *)ae_data(&x))[i] != (float)byte / 255.0f;
    wrong += ((double *)ae_data(&d))[i] != (double)byte / 255.0;
  }
  CHECK(wrong == 0);
  ae_tensor_clear(&x);
  ae_tensor_clear(&d);
  ae_tensor_release(images);
}

TEST(batch_by_index) {
  ae_tensor *images = pictures(5), *index = VECTOR(AE_LONG, 4, 4, 0, 4, 2);
  ae_tensor x = ae_tensor_local(AE_DOUBLE);
  CHECK_OK(ae_batch_images(&x, images, index, 0, 0, 1));
  CHECK(x.size[0] == 4 && x.size[1] == 784);
  for (int64_t i = 0; i < 4; i++)
    for (int64_t k = 0; k < 784; k += 97)
      CHECK_NEAR(((double *)ae_data(&x))[i * 784 + k],
                 pixel(images, ((const int64_t *)ae_data(index))[i], k), 0);
  ae_tensor_clear(&x);
  ae_tensor_release(index);
  ae_tensor_release(images);
}

TEST(batch_is_the_same_on_any_number_of_threads) {
  ae_tensor *images = pictures(300), one = ae_tensor_local(AE_FLOAT), x = ae_tensor_local(AE_FLOAT);
  CHECK_OK(ae_set_threads(1));
  CHECK_OK(ae_batch_images(&one, images, NULL, 0, 300, 255));
  for (int threads = 2; threads <= 5; threads++) {
    CHECK_OK(ae_set_threads(threads));
    CHECK_OK(ae_batch_images(&x, images, NULL, 0, 300, 255));
    CHECK(ae_equal(&one, &x));
    CHECK_OK(ae_fill(&x, ae_from_int(-1)));
  }
  CHECK_OK(ae_set_threads(0));
  ae_tensor_clear(&x);
  ae_tensor_clear(&one);
  ae_tensor_release(images);
}

/* Its second time it allocates nothing. */
TEST(batch_reuses_its_tensor) {
  ae_tensor *images = pictures(20), *index = VECTOR(AE_LONG, 3, 1, 2, 3);
  ae_tensor x = ae_tensor_local(AE_FLOAT);
  CHECK_OK(ae_batch_images(&x, images, index, 0, 0, 255));
  const void *before = ae_data(&x);
  size_t held = ae_memory_in_use();
  CHECK_OK(ae_batch_images(&x, images, NULL, 17, 3, 255));
  CHECK(ae_data(&x) == before && ae_memory_in_use() == held);
  ae_tensor_clear(&x);
  ae_tensor_release(index);
  ae_tensor_release(images);
}

TEST(batch_errors_leave_it_alone) {
  ae_tensor *images = pictures(5), *x = VECTOR(AE_FLOAT, 2, 7, 8);
  ae_tensor *index = VECTOR(AE_LONG, 3, 0, 5, 1), *real = VECTOR(AE_FLOAT, 2, 0, 1);
  CHECK_FAILS(ae_batch_images(x, images, index, 0, 0, 255), AE_EARG, "image 6 (entry 2) of 5");
  CHECK_OK(ae_put(index, (int64_t[]){1}, ae_from_int(INT64_MAX)));
  CHECK_FAILS(ae_batch_images(x, images, index, 0, 0, 255), AE_EARG,
              "image 9223372036854775807 (entry 2) of 5");
  CHECK_OK(ae_put(index, (int64_t[]){1}, ae_from_int(-1)));
  CHECK_FAILS(ae_batch_images(x, images, index, 0, 0, 255), AE_EARG, "image 0 (entry 2) of 5");
  CHECK_FAILS(ae_batch_images(x, images, real, 0, 0, 255), AE_EARG, "FloatTensor 2");
  CHECK_FAILS(ae_batch_images(x, images, NULL, 3, 3, 255), AE_EARG, "3 images from 4 of 5");
  CHECK_FAILS(ae_batch_images(x, images, NULL, -1, 2, 255), AE_EARG, "2 images from 0 of 5");
  CHECK_FAILS(ae_batch_images(x, images, NULL, INT64_MAX, INT64_MAX, 255), AE_EARG, "of 5");
  CHECK_FAILS(ae_batch_images(x, real, NULL, 0, 1, 255), AE_ETYPE, "FloatTensor 2");
  CHECK_FAILS(ae_batch_images(index, images, NULL, 0, 1, 255), AE_ETYPE, "LongTensor");
  CHECK_TENSOR(x, 0, 7, 8);
  ae_tensor_release(real);
  ae_tensor_release(index);
  ae_tensor_release(x);
  ae_tensor_release(images);
}

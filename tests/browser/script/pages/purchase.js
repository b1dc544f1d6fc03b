trekvart('Purchase', { value: 249.5, currency: 'SEK', first: true, coupon: null });

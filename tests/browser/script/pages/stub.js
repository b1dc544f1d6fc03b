window.trekvart = window.trekvart || function () { (trekvart.q = trekvart.q || []).push(arguments); };
